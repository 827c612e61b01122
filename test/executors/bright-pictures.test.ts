import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { predictionProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { largestDifference } from '../../engine/network/verify/golden-check.ts';
import type { Executor, FloatArray, SessionOptions } from '../../engine/program/executor.ts';
import { hasCpu, instructionSets } from './cpu-instruction-sets.ts';

/** By column, row and side: what stands around the spot. The duller it is, the more roundings go the same way. */
const grounds: readonly ((column: number, row: number, side: number) => number)[] = [
  () => 255,
  (column, _row, side) => 250 + Math.floor((6 * column) / side),
  (column, row) => 250 + ((column * 7 + row * 13) % 6),
];

/** Pictures of 250..255 with one black spot of radius 1, in color channels that are alike. */
function brightPictures(side: number): Uint8Array {
  const [x, y] = [Math.round(side * 0.23), Math.round(side * 0.31)];
  return Uint8Array.from({ length: grounds.length * side * side * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const [column, row] = [pixel % side, Math.floor(pixel / side) % side];
    const ground = grounds[Math.floor(pixel / side ** 2)]!;
    return Math.hypot(column - x, row - y) <= 1 ? 0 : ground(column, row, side);
  });
}

async function probabilities(executor: Executor, side: number, options: SessionOptions = {}): Promise<FloatArray> {
  const batch = grounds.length;
  const session = await executor.open(predictionProgram(defaultConfig, { width: side, height: side, batch }), options);
  await session.write('parameters', initialParameters(defaultConfig, 'reference', 5));
  const placement = Float32Array.from(grounds.flatMap(() => [1, 0, 0, 0, 1, 0, 0, 255]));
  const inputs = { samples: brightPictures(side), placement };
  const outputs = await session.run({ phase: 'forward', count: batch, inputs });
  await session.close();
  return outputs['probabilities'] ?? new Float64Array();
}

describe.skipIf(!hasCpu).each([
  [64, 5e-6],
  [128, 1e-5],
])('a bright picture of side %i with one small dark spot', (side, tolerance) => {
  const wanted = probabilities(referenceExecutor, side);

  it.each(instructionSets)('keeps its digits with %s, on any threads', async (instructionSet) => {
    const found = await probabilities(cpuExecutor, side, { instructionSet, threads: 1 });
    expect(largestDifference(found, await wanted)).toBeLessThan(tolerance);
    expect(await probabilities(cpuExecutor, side, { instructionSet, threads: 2 })).toEqual(found);
  });
});
