import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import type { Executor, FloatArray, SessionOptions } from '../../engine/program/executor.ts';
import type { Program } from '../../engine/program/program.ts';
import { Random } from '../../engine/random.ts';
import { randomProgram } from '../program/random-program.ts';
import { hasCpu, instructionSets } from './cpu-instruction-sets.ts';

const batch = 3;
const plane = [3, 5, 12];
/** Some depend on nothing that has a gradient. */
const graphs = Array.from(
  { length: 100 },
  (_, seed) => [seed, randomProgram(new Random(seed), plane, batch)] as const,
).filter(([, { backward }]) => backward.length > 0);

async function gradientsOf(
  program: Program,
  seed: number,
  executor: Executor,
  options: SessionOptions,
): Promise<ReadonlyMap<string, FloatArray>> {
  const random = new Random(1000 + seed);
  const normal = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
  const parameters = normal(program.parameterCount);
  const inputs = Object.fromEntries(program.inputs.map(({ name }) => [name, normal(batch * 3 * 5 * 12)]));
  const session = await executor.open(program, { ...options, poison: true });
  await session.write('parameters', parameters);
  const outputs = await session.run({ phase: 'gradient', count: batch, inputs });
  const results = new Map(Object.entries(outputs)).set('gradients', await session.read('gradients'));
  await session.close();
  return results;
}

describe.skipIf(!hasCpu).each(instructionSets)('with %s', (instructionSet) => {
  it('random graphs, in memory full of NaN, have the reference’s gradients, with the same bits on any threads', async () => {
    expect(graphs.length).toBeGreaterThan(90);
    for (const [seed, program] of graphs) {
      const wanted = await gradientsOf(program, seed, referenceExecutor, {});
      const alone = await gradientsOf(program, seed, cpuExecutor, { instructionSet, threads: 1 });
      expect([...alone.keys()]).toEqual([...wanted.keys()]);
      for (const [name, values] of wanted) {
        const error =
          largestDifference(alone.get(name) ?? new Float32Array(), values) / Math.max(1, largestMagnitude(values));
        // Ten operations one after the other, each with its rounding.
        expect(error, `graph ${String(seed)}, ${name}`).toBeLessThan(1e-4);
      }
      expect(await gradientsOf(program, seed, cpuExecutor, { instructionSet, threads: 2 })).toEqual(alone);
    }
  });
});
