import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { predictionProgram, trainingProgram } from '../../engine/network/mamba-unet.ts';
import type { BatchSize, OptimiserSettings } from '../../engine/network/recipe.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import type { NetworkConfig } from '../../engine/network/network-config.ts';
import { checkGradients, largestDifference, meanOf } from '../../engine/network/verify/golden-check.ts';
import type { Executor, FloatArray, RunRequest, SessionOptions } from '../../engine/program/executor.ts';
import type { Program } from '../../engine/program/program.ts';
import { Random } from '../../engine/random.ts';
import { hasCpu, instructionSets } from '../executors/cpu-instruction-sets.ts';
import { variants } from './variants.ts';

/** Not square, and fewer samples in the run than fit. */
const size: BatchSize = { width: 64, height: 32, batch: 3 };
const count = 2;

/** Large enough that a step does not depend on the sign of gradients that are rounding noise. */
const epsilon = 1e-3;
const optimisers: Readonly<Record<string, OptimiserSettings>> = {
  adamw: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon, weightDecay: 0.01 },
  adam: { kind: 'adam', beta1: 0.8, beta2: 0.99, epsilon, weightDecay: 0.1 },
  sgd: { kind: 'sgd', momentum: 0.9, weightDecay: 0.01 },
  'sgd without momentum': { kind: 'sgd', momentum: 0, weightDecay: 0 },
};

/** Thrice what golden files ask for: norms over one to four channels lose more than those over many. */
const gradientTolerance = 3e-4;

/** A picture of noise, mirrored, with one class after the other in stripes and some of it unlabelled. */
function samplesOf({ inputChannels, classes }: NetworkConfig, { width, height }: BatchSize): RunRequest['inputs'] {
  const random = new Random(3);
  const pixels = count * width * height;
  const labels = new Uint8Array(pixels * classes);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const x = pixel % width;
    if (x % 11 === 0) labels.fill(255, pixel * classes, (pixel + 1) * classes);
    else labels[pixel * classes + (Math.floor(x / 5) % classes)] = x % 3 === 0 ? 254 : 100;
  }
  return {
    samples: Uint8Array.from({ length: pixels * inputChannels }, () => random.integer(256)),
    placement: Float32Array.from(Array.from({ length: count }, () => [-1, 0, width - 1, 0, 1, 0, 10, 240]).flat()),
    labels,
    seed: new Float32Array(count).fill(1 / count),
  };
}

function startOf(config: NetworkConfig): Float32Array {
  const random = new Random(8);
  return initialParameters(config, 'mamba', 7).map((value) => Math.fround(value + 0.05 * random.normal()));
}

interface Trained {
  readonly probabilities: FloatArray;
  readonly losses: readonly number[];
  readonly gradients: FloatArray;
  readonly parameters: FloatArray;
}

async function train(
  config: NetworkConfig,
  program: Program,
  executor: Executor,
  options: SessionOptions = {},
): Promise<Trained> {
  const inputs = samplesOf(config, size);
  const session = await executor.open(program, { ...options, poison: true });
  await session.write('parameters', startOf(config));
  const forward = await session.run({ phase: 'forward', count, inputs });
  const losses = [meanOf(forward['loss'])];
  await session.run({ phase: 'gradient', count, inputs });
  const gradients = await session.read('gradients');
  for (const step of [1, 2]) {
    const outputs = await session.run({ phase: 'step', count, inputs, scalars: { learningRate: 1e-3, step } });
    losses.push(meanOf(outputs['loss']));
  }
  const parameters = await session.read('parameters');
  await session.close();
  return { probabilities: forward['probabilities'] ?? new Float32Array(), losses, gradients, parameters };
}

function expectSame(program: Program, found: Trained, wanted: Trained): void {
  expect(found.probabilities.length).toBeGreaterThan(0);
  expect(largestDifference(found.probabilities, wanted.probabilities)).toBeLessThan(2e-5);
  expect(largestDifference(Float64Array.from(found.losses), Float64Array.from(wanted.losses))).toBeLessThan(1e-5);
  const byName = (block: FloatArray): ReadonlyMap<string, FloatArray> =>
    new Map(program.parameters.map(({ name, offset, size: n }) => [name, block.subarray(offset, offset + n)]));
  const gradients = byName(found.gradients);
  const checks = checkGradients(
    byName(wanted.gradients),
    (name) => gradients.get(name) ?? new Float32Array(),
    gradientTolerance,
  );
  expect(checks.filter(({ error, tolerance }) => !(error <= tolerance))).toEqual([]);
  expect(largestDifference(found.parameters, wanted.parameters)).toBeLessThan(5e-6);
}

const oracles = new Map<string, Promise<Trained>>();

function oracleOf(key: string, config: NetworkConfig, program: Program): Promise<Trained> {
  const found = oracles.get(key) ?? train(config, program, referenceExecutor);
  oracles.set(key, found);
  return found;
}

describe('two training steps on the reference executor', () => {
  it.each(Object.entries(variants))(
    '%s: start at the loss of the forward pass, and every parameter has a gradient',
    async (name, config) => {
      const program = trainingProgram(config, size, optimisers['adamw']);
      const { losses, gradients, probabilities } = await oracleOf(name, config, program);
      expect(losses[1]).toBe(losses[0]);
      expect(losses.every((loss) => loss > 0 && loss < 10)).toBe(true);
      expect(losses[2]).not.toBe(losses[1]);
      expect(gradients.every(Number.isFinite)).toBe(true);
      expect(probabilities.every((p) => p > 0 && p < 1)).toBe(true);
      for (const { name: parameter, offset, size: n } of program.parameters) {
        const some = gradients.subarray(offset, offset + n).some((value) => value !== 0);
        expect(some, parameter).toBe(true);
      }
    },
  );
});

describe.skipIf(!hasCpu).each(instructionSets)('two training steps on the cpu executor with %s', (instructionSet) => {
  it.each(Object.entries(variants))('%s: give what the reference gives', async (name, config) => {
    const program = trainingProgram(config, size, optimisers['adamw']);
    const wanted = await oracleOf(name, config, program);
    const alone = await train(config, program, cpuExecutor, { instructionSet, threads: 1 });
    expectSame(program, alone, wanted);
    expect(await train(config, program, cpuExecutor, { instructionSet, threads: 2 })).toEqual(alone);
  });

  const config = variants['narrow, three classes by softmax'] ?? defaultConfig;
  const settings = Object.entries(optimisers).flatMap(([name, optimiser]) => [
    [name, optimiser, undefined] as const,
    [`${name} after clipping`, optimiser, 0.05] as const,
  ]);
  it.each(settings)('%s: gives what the reference gives', async (name, optimiser, clipNorm) => {
    const program = trainingProgram(config, size, optimiser, clipNorm);
    const wanted = await oracleOf(name, config, program);
    expectSame(program, await train(config, program, cpuExecutor, { instructionSet }), wanted);
  });

  it('a prediction is the training program’s forward pass, to the bit', async () => {
    const { samples, placement } = samplesOf(config, size);
    const program = predictionProgram(config, size);
    const session = await cpuExecutor.open(program, { instructionSet, poison: true });
    await session.write('parameters', startOf(config));
    const { probabilities } = await session.run({
      phase: 'forward',
      count,
      inputs: { samples: samples ?? new Uint8Array(), placement: placement ?? new Float32Array() },
    });
    await session.close();
    const trained = await train(config, trainingProgram(config, size), cpuExecutor, { instructionSet });
    expect(probabilities).toEqual(trained.probabilities);
  });
});
