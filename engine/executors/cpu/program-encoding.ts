/**
 * A program as the native part reads it: one array of integers, one of attribute values. Not a file format: it never
 * leaves the process.
 * Convention: see `readProgram` in native/addon.cpp; both sides change together.
 */
import type { Operation, Program, Storage } from '../../program/program.ts';

export interface EncodedProgram {
  readonly batch: number;
  readonly parameterCount: number;
  readonly arenaBytes: number;
  readonly code: Int32Array;
  readonly attributes: Float64Array;
  readonly updates: readonly { readonly kind: string; readonly attributes: Float64Array }[];
}

const storages: readonly Storage[] = ['parameter', 'gradient', 'input', 'output', 'scratch'];

/** The native scan holds its states in registers and is written for this many. */
const scanStates = 16;

/** @param kinds the native part's operations, in its order. @throws RangeError for an operation that it lacks */
export function encodeProgram(program: Program, kinds: readonly string[]): EncodedProgram {
  const code: number[] = [program.tensors.length];
  const attributes: number[] = [];
  for (const { storage, type, offset, shape } of program.tensors) {
    // Offsets may pass 2³¹, so they come in two parts.
    const parts = [Math.floor(offset / 2 ** 31), offset % 2 ** 31];
    code.push(storages.indexOf(storage), type === 'u8' ? 1 : 0, ...parts, shape.length, ...shape);
  }
  const ids = (list: Operation['inputs']): number[] => [list.length, ...list.map((id) => id ?? -1)];
  for (const operations of [program.forward, program.backward]) {
    code.push(operations.length);
    for (const operation of operations) {
      const { kind, attributes: names } = operation.definition;
      const number = kinds.indexOf(kind);
      if (number < 0) throw new RangeError(`the cpu executor has no operation '${kind}'`);
      if (kind === 'selective-scan') checkScan(program, operation);
      code.push(number, operation.pass === 'gradient' ? 1 : 0, operation.feedsLoss ? 1 : 0);
      code.push(...ids(operation.inputs), ...ids(operation.outputs));
      code.push(operation.accumulate.reduce((bits, adds, i) => bits | (adds ? 1 << i : 0), 0));
      code.push(names.length, attributes.length);
      attributes.push(...names.map((name) => operation.attributes[name] ?? NaN));
    }
  }
  return {
    batch: program.batch,
    parameterCount: program.parameterCount,
    arenaBytes: program.arenaBytes,
    code: Int32Array.from(code),
    attributes: Float64Array.from(attributes),
    updates: program.update.map(({ definition, attributes: values }) => ({
      kind: definition.kind,
      attributes: Float64Array.from(definition.attributes, (name) => values[name] ?? NaN),
    })),
  };
}

function checkScan(program: Program, { inputs }: Operation): void {
  const states = program.tensors[inputs[5] ?? -1]?.shape[1];
  if (states === scanStates) return;
  throw new RangeError(`the cpu executor's scan has ${String(scanStates)} states, not ${String(states)}`);
}
