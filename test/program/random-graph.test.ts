import { expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import type { FloatArray } from '../../engine/program/executor.ts';
import { Random } from '../../engine/random.ts';
import { randomProgram } from './random-program.ts';

const plane = [2, 2, 4];
const step = 1e-5;

it('gradients of random graphs, in an arena full of NaN, equal central differences', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const program = randomProgram(random, plane, 1);
    const normal = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.normal());
    const inputs = Object.fromEntries(program.inputs.map(({ name }) => [name, normal(16)]));
    const parameters = normal(program.parameterCount);
    const session = await referenceExecutor.open(program, { poison: true });
    await session.write('parameters', parameters);
    const outputs = await session.run({ phase: 'gradient', count: 1, inputs });
    const block = await session.read('gradients');

    const seededSum = async (): Promise<number> => {
      await session.write('parameters', parameters);
      const found = await session.run({ phase: 'forward', count: 1, inputs });
      let total = 0;
      for (const [name, values] of Object.entries(found)) {
        values.forEach((v, i) => (total += v * inputs[`d${name}`]![i]!));
      }
      return total;
    };
    const slope = async (point: Float64Array, i: number): Promise<number> => {
      const center = point[i]!;
      point[i] = center + step;
      const above = await seededSum();
      point[i] = center - step;
      const below = await seededSum();
      point[i] = center;
      return (above - below) / (2 * step);
    };
    const compare = async (found: FloatArray, point: Float64Array): Promise<void> => {
      const largest = Math.max(1, largestMagnitude(found));
      for (let i = 0; i < point.length; i++) {
        const error = Math.abs((await slope(point, i)) - found[i]!) / largest;
        expect(error, `graph ${String(seed)}, element ${String(i)}`).toBeLessThan(1e-6);
      }
    };
    await compare(block, parameters);
    // Absent where no seed depends on the input.
    await compare(outputs['gradient.x0'] ?? new Float64Array(16), inputs['x0']!);
  }
});
