import { expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import type { FloatArray } from '../../engine/program/executor.ts';
import { attendedSkip } from '../../engine/program/operations/attended-skip.ts';
import { gelu } from '../../engine/program/operations/gelu.ts';
import { groupnormGelu } from '../../engine/program/operations/groupnorm-gelu.ts';
import { scaledSum } from '../../engine/program/operations/scaled-sum.ts';
import { sum } from '../../engine/program/operations/sum.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import type { Handle } from '../../engine/program/program-builder.ts';
import type { Program } from '../../engine/program/program.ts';
import { Random } from '../../engine/random.ts';

const plane = [2, 2, 4];
const step = 1e-5;

/** Some operations, each reading any tensors before it, one of them perhaps twice; addends that pass gradients through. */
function randomProgram(random: Random): Program {
  const builder = new ProgramBuilder();
  const parameters = Array.from({ length: 2 }, (_, i) => builder.parameter(`p${String(i)}`, plane));
  const weights = ['weight', 'bias'].map((name) => builder.parameter(name, [4]));
  const scale = builder.parameter('scale', [1]);
  const gate = builder.parameter('gate', [2, 2, 1]);
  const tensors: Handle[] = [...parameters, builder.input('x0', plane, 'f32', true), builder.input('x1', plane)];
  const pick = (): Handle => tensors[random.integer(tensors.length)] as Handle;
  for (let i = 0; i < 10; i++) {
    const make: readonly (() => Handle)[] = [
      () => builder.apply1(sum, [pick(), pick()]),
      () => builder.apply1(scaledSum, [pick(), pick(), scale]),
      () => builder.apply1(scaledSum, [pick(), pick(), scale]),
      () => builder.apply1(groupnormGelu, [pick(), ...weights, pick()]),
      () => builder.apply1(attendedSkip, [pick(), gate, weights[0]]),
      () => builder.apply1(gelu, [pick()]),
    ];
    tensors.push((make[random.integer(make.length)] as () => Handle)());
  }
  const seeded = [tensors[tensors.length - 1] as Handle, ...(random.integer(2) === 0 ? [tensors[6] as Handle] : [])];
  seeded.forEach((tensor, i) => builder.output(tensor, `y${String(i)}`));
  builder.backward(seeded.map((tensor, i) => [tensor, builder.input(`dy${String(i)}`, plane)]));
  return builder.build(1);
}

it('gradients of random graphs, in an arena full of NaN, equal central differences', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = new Random(seed);
    const program = randomProgram(random);
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
      const centre = point[i]!;
      point[i] = centre + step;
      const above = await seededSum();
      point[i] = centre - step;
      const below = await seededSum();
      point[i] = centre;
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
