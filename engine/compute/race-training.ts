/**
 * Who trains a network fastest here: the processor or a graphics card, on the run's own program. Not the choice for
 * predictions: that is `open-compute.ts`. Convention: raced only where nobody was asked for by name and a real card is
 * there; what was measured is said in the choice, and a card that computes wrongly is said too.
 */
import { MambrushError } from '../contract/error.ts';
import type { LongWork } from '../contract/progress.ts';
import type { ExecutorChoice } from '../contract/training.ts';
import { initialParameters } from '../network/initialise.ts';
import { trainingProgram } from '../network/mamba-unet.ts';
import type { NetworkConfig } from '../network/network-config.ts';
import type { Executor, RunRequest } from '../program/executor.ts';
import { chooseExecutor, withRace } from './executors.ts';
import type { ChosenExecutor, ComputeSettings } from './executors.ts';
import { findRealCards } from './graphics-card.ts';

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
 * @param own what 'auto' takes without a race @param find cards to race against, where there are any
 * @returns what was given, or the card that is faster than it and the others
 */
export async function raceForTraining(
  own: ChosenExecutor,
  settings: ComputeSettings,
  size: TrainingSize,
  work: LongWork,
  find = findRealCards,
): Promise<ChosenExecutor> {
  const { executor = 'auto', instructionSet } = settings;
  if (executor !== 'auto' || instructionSet !== undefined) return own;
  const found = await find();
  if ('reason' in found) return withRace(own, [], sayOnce(`No graphics card is used: ${found.reason}.`));
  // The reference would take minutes to be measured, and never wins.
  const isHopeless = own.choice.fallback !== undefined;
  const measure = async ({ executor: { name }, executor }: ChosenExecutor): Promise<RaceEntry> => ({
    executor: name,
    milliseconds: (await measureStep(executor, size, work)) / size.batch,
  });
  const race = isHopeless ? [] : [await measure(own)];
  let winner = own;
  const refusals: string[] = [];
  for (const { executor: card } of found.cards) {
    work.signal?.throwIfAborted();
    try {
      const rival = await chooseExecutor({ ...settings, executor: card.name }, work);
      const entry = await measure(rival);
      if (race.every(({ milliseconds }) => entry.milliseconds < milliseconds)) winner = rival;
      race.push(entry);
    } catch (error) {
      if (!(error instanceof MambrushError)) throw error;
      refusals.push(`'${card.name}' is not used: ${error.message}`);
    }
  }
  return withRace(winner, race, refusals.join(' '));
}

type RaceEntry = NonNullable<ExecutorChoice['race']>[number];

let said = false;

/** Nobody wants to read at every start that they have no graphics card. */
function sayOnce(remark: string): string | undefined {
  if (said) return undefined;
  said = true;
  return remark;
}

/** Milliseconds of a training step, several under way where the executor can: the least of a few rounds after a first. */
export async function measureStep(executor: Executor, size: TrainingSize, work: LongWork = {}): Promise<number> {
  const session = await executor.open(trainingProgram(size.network, size));
  try {
    await session.write('parameters', initialParameters(size.network, 'reference', 1));
    const request = exampleStep(size);
    await session.run(request);
    const begun = performance.now();
    let least = Infinity;
    for (let steps = 0; steps < mostSteps && (steps < 3 || performance.now() - begun < patience);) {
      work.signal?.throwIfAborted();
      const together = 1 + (session.runsAhead ?? 0);
      const before = performance.now();
      await Promise.all(Array.from({ length: together }, () => session.run(request)));
      least = Math.min(least, (performance.now() - before) / together);
      steps += together;
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
