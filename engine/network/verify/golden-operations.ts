/**
 * Runs the single operations of a golden file on an executor: outputs and the gradient of every input.
 * Convention: a file's tensors are channels first; each case says which axes they have and builds its program from them.
 */
import { MambrushError } from '../../contract/error.ts';
import type { Executor, FloatArray, SessionOptions } from '../../program/executor.ts';
import type { StoredTensor, TensorFile } from '../safetensors.ts';
import {
  checkGradients,
  gradientToleranceOf,
  largestDifference,
  largestMagnitude,
  meanOf,
  toChannelsLast,
  tolerances,
} from './golden-check.ts';
import type { Check } from './golden-check.ts';
import { goldenOperation, goldenOperationProgram } from './golden-programs.ts';

/** True for a file of single operations. */
export function isGoldenOperations(file: TensorFile): boolean {
  return [...file.tensors.keys()].some((name) => /^[a-z0-9_]+\.out1?$/.test(name));
}

/** @throws MambrushError 'golden-unknown' for an operation that this version does not have */
export async function verifyGoldenOperations(
  file: TensorFile,
  executor: Executor,
  options: SessionOptions = {},
): Promise<readonly Check[]> {
  const groups = new Map<string, Map<string, StoredTensor>>();
  for (const [name, tensor] of file.tensors) {
    const [group = '', ...rest] = name.split('.');
    groups.set(group, (groups.get(group) ?? new Map<string, StoredTensor>()).set(rest.join('.'), tensor));
  }
  const checks: Check[] = [];
  for (const [group, tensors] of groups) {
    const found = await verifyOperation(group, tensors, executor, options);
    checks.push(...found.map((check) => ({ ...check, tensor: `${group}.${check.tensor}` })));
  }
  return checks;
}

/** Channels last, per sample: (B, C, …) to (B, …, C). A (B, L, C) of LayerNorm is so already. */
function channelsLast(group: string, tensor: StoredTensor): StoredTensor {
  const [count = 1, channels = 1, ...plane] = tensor.shape;
  if (group === 'layernorm' || tensor.shape.length < 3) return tensor;
  const size = plane.reduce((product, extent) => product * extent, 1);
  return { shape: [count, ...plane, channels], data: toChannelsLast(tensor.data, channels, size) };
}

/** Several (B, L, C) side by side: (B, L, ΣC). */
function sideBySide(tensors: readonly StoredTensor[]): StoredTensor {
  const [count = 1, length = 1] = tensors[0]?.shape ?? [];
  const rows = count * length;
  const channels = tensors.map(({ data }) => data.length / rows);
  const total = channels.reduce((a, b) => a + b, 0);
  const data = new Float32Array(rows * total);
  let offset = 0;
  tensors.forEach((tensor, i) => {
    const width = channels[i] ?? 0;
    for (let row = 0; row < rows; row++) {
      data.set(tensor.data.subarray(row * width, (row + 1) * width), row * total + offset);
    }
    offset += width;
  });
  return { shape: [count, length, total], data };
}

async function verifyOperation(
  group: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  executor: Executor,
  options: SessionOptions,
): Promise<Check[]> {
  const need = (name: string): StoredTensor => {
    if (name === 'identity') return identity(need('D').data.length);
    const parts = name.split('+').map((part) => tensors.get(part));
    const present = parts.filter((part) => part !== undefined).map((part) => channelsLast(group, part));
    if (present.length !== parts.length) throw new MambrushError('golden-incomplete', `'${group}' has no '${name}'.`);
    return present.length === 1 ? (present[0] as StoredTensor) : sideBySide(present);
  };
  const parameterTensor = (name: string): StoredTensor =>
    name === 'identity' ? need(name) : raw(tensors, group, name);
  const { parameters, inputs: data } = goldenOperation(group, [...tensors.keys()]);
  const values = new Map(data.map((name) => [name, need(name)] as const));
  const [[count = 1] = []] = [...values.values()].map(({ shape }) => shape);
  const program = goldenOperationProgram({
    kind: 'golden-operation',
    group,
    batch: count,
    parameters: parameters.map((name) => [name, [...parameterTensor(name).shape]]),
    inputs: [...values].map(([name, { shape }]) => [name, shape.slice(1)]),
  });
  // A batch's loss is the mean of its samples' losses; every other operation's gradient comes with its output.
  const seedOf = (name: string): FloatArray =>
    group === 'bce_dice' ? new Float32Array(count).fill((need(name).data[0] ?? 0) / count) : need(name).data;
  const inputs = Object.fromEntries(program.inputs.map(({ name }) => [name, values.get(name)?.data ?? seedOf(name)]));
  const session = await executor.open(program, options);
  try {
    const block = new Float32Array(session.program.parameterCount);
    for (const { name, offset } of session.program.parameters) block.set(parameterTensor(name).data, offset);
    await session.write('parameters', block);
    const results = await session.run({ phase: 'gradient', count, inputs });
    const gradientBlock = await session.read('gradients');
    const gradientOf = (name: string): FloatArray => {
      const found = session.program.parameters.find((candidate) => candidate.name === name);
      if (found !== undefined) return gradientBlock.subarray(found.offset, found.offset + found.size);
      return results[`gradient.${name}`] ?? new Float32Array();
    };
    const outputs = program.outputs.filter(({ name }) => !name.startsWith('gradient.'));
    const checks: Check[] = outputs.map(({ name }) => {
      const found = results[name] ?? new Float32Array();
      const mean = (values: FloatArray): FloatArray =>
        group === 'bce_dice' ? Float64Array.of(meanOf(values)) : values;
      const wanted = need(name).data;
      // Relative to the values: a scan over a thousand tokens or a norm's input reaches tens.
      const scale = Math.max(1, largestMagnitude(wanted));
      return {
        group: 'outputs',
        tensor: name,
        error: largestDifference(mean(found), wanted) / scale,
        tolerance: tolerances.outputs,
      };
    });
    const wantedGradients = new Map<string, FloatArray>([
      ...parameters
        .filter((name) => name !== 'identity')
        .map((name) => [name, raw(tensors, group, gradientName(name)).data] as const),
      ...data
        .filter((name) => name !== 'target')
        .map((name) => [name, need(name.split('+').map(gradientName).join('+')).data] as const),
    ]);
    checks.push(...checkGradients(wantedGradients, gradientOf, gradientToleranceOf(executor.name)));
    return checks;
  } finally {
    await session.close();
  }
}

function gradientName(name: string): string {
  return `grad_${name}`;
}

function raw(tensors: ReadonlyMap<string, StoredTensor>, group: string, name: string): StoredTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new MambrushError('golden-incomplete', `'${group}' has no '${name}'.`);
  return tensor;
}

function identity(size: number): StoredTensor {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return { shape: [size, size], data };
}
