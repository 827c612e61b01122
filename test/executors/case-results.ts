/**
 * What an executor makes of an operation's case, and how near that is to the reference. Not a test.
 * Convention: memory is full of NaN before every run; the reference computes a case once for a whole test file.
 */
import { expect } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import type { Executor, FloatArray, SessionOptions } from '../../engine/program/executor.ts';
import type { CaseOptions, CaseProgram, OperationCase } from '../program/operation-case.ts';

/** More than one thread has to do, and not as many for each. */
export const batch = 3;

/** By name: outputs, gradients of inputs, and `gradient of` each parameter. */
type Results = ReadonlyMap<string, FloatArray>;

interface CaseResults {
  readonly forward: Results;
  readonly gradient: Results;
  /** A second run of the same, and one of the first sample alone. */
  readonly repeated: Results;
  readonly first: Results;
}

export async function compute(
  { program, parameters, request }: CaseProgram,
  executor: Executor,
  options: SessionOptions,
): Promise<CaseResults> {
  const session = await executor.open(program, { ...options, poison: true });
  await session.write('parameters', parameters);
  const run = async (phase: 'forward' | 'gradient', count: number): Promise<Results> => {
    if (phase === 'gradient' && program.backward.length === 0) return run('forward', count);
    const results = new Map<string, FloatArray>(Object.entries(await session.run(request(phase, count))));
    if (phase === 'forward') return results;
    const block = await session.read('gradients');
    for (const { name, offset, size } of program.parameters) {
      results.set(`gradient of ${name}`, block.subarray(offset, offset + size));
    }
    return results;
  };
  try {
    return {
      forward: await run('forward', batch),
      gradient: await run('gradient', batch),
      repeated: await run('gradient', batch),
      first: await run('gradient', 1),
    };
  } finally {
    await session.close();
  }
}

const oracles = new Map<string, Promise<CaseResults>>();

/** The reference's results, computed once for all instruction sets. */
export function oracleOf(
  testCase: OperationCase,
  caseProgram: CaseProgram,
  use: CaseOptions['use'],
): Promise<CaseResults> {
  const key = `${testCase.definition.kind} ${testCase.name} ${use}`;
  const found = oracles.get(key) ?? compute(caseProgram, referenceExecutor, {});
  oracles.set(key, found);
  return found;
}

/**
 * Of the tensor's largest value, or of 1, the order of all inputs and seeds: a gradient that is the sum of many terms of
 * either sign may come out far smaller than they are. float32 has 6e-8 of each.
 */
const outputTolerance = 1e-5;
const gradientTolerance = 2e-5;

export function expectClose(found: Results, wanted: Results, what: string): void {
  expect([...found.keys()], what).toEqual([...wanted.keys()]);
  for (const [name, values] of wanted) {
    const error =
      largestDifference(found.get(name) ?? new Float32Array(), values) / Math.max(largestMagnitude(values), 1);
    const tolerance = name.startsWith('gradient') ? gradientTolerance : outputTolerance;
    expect(error, `${what}: worst error of ${name}, of its largest value`).toBeLessThan(tolerance);
  }
}
