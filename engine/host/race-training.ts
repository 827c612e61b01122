/**
 * Who trains a network fastest here: the processor or the graphics card, on the run's own program. Not the choice for
 * predictions: that is `open-compute.ts`. Convention: raced only where nobody was asked for by name and a real card is
 * there; what was measured is said in the choice's description, and a card that computes wrongly is said too.
 */
import { MambrushError } from '../contract/error.ts';
import type { LongWork } from '../contract/progress.ts';
import { initialParameters } from '../network/initialise.ts';
import { trainingProgram } from '../network/mamba-unet.ts';
import type { NetworkConfig } from '../network/network-config.ts';
import type { Executor, RunRequest } from '../program/executor.ts';
import { chooseExecutor } from './executors.ts';
import type { ChosenExecutor, ComputeSettings } from './executors.ts';
import { findRealCard } from './graphics-card.ts';
import { passesSelfCheck } from './self-check.ts';

export interface TrainingSize {
  readonly network: NetworkConfig;
  readonly width: number;
  readonly height: number;
  readonly batch: number;
}

/** Long enough to tell two executors apart, in milliseconds. */
const patience = 500;
const mostSteps = 10;

/**
 * @param own what 'auto' takes without a race @param find a card to race against, where there is one
 * @returns what was given, or the card where it is faster
 */
export async function raceForTraining(
  own: ChosenExecutor,
  settings: ComputeSettings,
  size: TrainingSize,
  work: LongWork,
  find = findRealCard,
): Promise<ChosenExecutor> {
  const { executor = 'auto', instructionSet } = settings;
  if (executor !== 'auto' || instructionSet !== undefined) return own;
  const card = await find();
  if ('reason' in card) return remarked(own, sayOnce(`no graphics card is used: ${card.reason}`));
  try {
    const failure = await passesSelfCheck(card.entry);
    if (failure !== undefined) return remarked(own, failure);
    work.signal?.throwIfAborted();
    const rival = await chooseExecutor({ ...settings, executor: 'webgpu' }, work);
    // The reference would take minutes to be measured, and never wins.
    if (own.choice.fallback !== undefined) return rival;
    const mine = await measureStep(own.executor, size, work);
    const theirs = await measureStep(rival.executor, size, work);
    const [winner, loser] = theirs < mine ? [rival, own] : [own, rival];
    const [won, lost] = [Math.min(mine, theirs), Math.max(mine, theirs)].map((ms) => (ms / size.batch).toFixed(2));
    return remarked(winner, `measured here: ${won} ms an image, ${loser.executor.name} ${lost} ms`);
  } catch (error) {
    if (!(error instanceof MambrushError)) throw error;
    return remarked(own, `the graphics card is not used: ${error.message}`);
  }
}

let said = false;

/** Nobody wants to read at every start that they have no graphics card. */
function sayOnce(remark: string): string | undefined {
  if (said) return undefined;
  said = true;
  return remark;
}

function remarked(chosen: ChosenExecutor, remark: string | undefined): ChosenExecutor {
  if (remark === undefined) return chosen;
  const description = `${chosen.choice.description} (${remark})`;
  return { ...chosen, choice: { ...chosen.choice, description } };
}

/** Milliseconds of a training step: the least of a few after a first one. */
export async function measureStep(executor: Executor, size: TrainingSize, work: LongWork = {}): Promise<number> {
  const session = await executor.open(trainingProgram(size.network, size));
  try {
    await session.write('parameters', initialParameters(size.network, 'reference', 1));
    const request = exampleStep(size);
    await session.run(request);
    const begun = performance.now();
    let least = Infinity;
    for (let step = 0; step < mostSteps && (step < 3 || performance.now() - begun < patience); step++) {
      work.signal?.throwIfAborted();
      const before = performance.now();
      await session.run(request);
      least = Math.min(least, performance.now() - before);
    }
    return least;
  } finally {
    await session.close();
  }
}

function exampleStep({ network, width, height, batch }: TrainingSize): RunRequest {
  const pixels = batch * width * height;
  return {
    phase: 'step',
    count: batch,
    inputs: {
      samples: Uint8Array.from({ length: pixels * network.inputChannels }, (_, i) => (i * 37) % 251),
      labels: Uint8Array.from({ length: pixels * network.classes }, (_, i) => (i % 64 < 16 ? 254 : 0)),
      placement: Float32Array.from(Array.from({ length: batch }, () => [1, 0, 0, 0, 1, 0, 0, 250]).flat()),
      seed: new Float32Array(batch).fill(1 / batch),
    },
    scalars: { learningRate: 1e-4, step: 1 },
  };
}
