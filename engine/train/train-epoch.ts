/**
 * One pass over the training part: a step per batch, the next batch read while the executor works on this one. Neither
 * validates nor saves. Convention: a request to end takes effect before the next step; the loss is the mean over samples.
 */
import type { Session } from '../program/executor.ts';
import { drawAugmentation } from './augmentation.ts';
import { augmentationRandom, epochOrder } from './epoch-order.ts';
import { countLeftOut, describeLeftOut, nothingLeftOut } from './left-out.ts';
import type { LeftOut } from './left-out.ts';
import { divergedError } from './runs/run-checkpoint.ts';
import type { RunSpec } from './runs/run-spec.ts';
import { lossSum } from './sample-batch.ts';
import type { BatchPair, Draw } from './sample-batch.ts';
import type { SampleSource } from './sample-source.ts';
import { TrainingError } from './train-error.ts';

export interface EpochJob {
  readonly session: Session;
  readonly source: SampleSource;
  readonly spec: RunSpec;
  /** Filled and run in turns. */
  readonly buffers: BatchPair;
  /** 1-based. */
  readonly epoch: number;
  readonly learningRate: number;
  /** Steps of the optimiser before this epoch. */
  readonly stepsBefore: number;
  /** Called before each step; waits while the run is paused. @returns whether the run is to end */
  readonly held: () => Promise<boolean>;
  readonly onStep: (step: StepFigures) => void;
}

export interface StepFigures {
  /** Within the epoch, 1-based. */
  readonly step: number;
  readonly steps: number;
  readonly samples: number;
  readonly seconds: number;
  /** Mean over its samples. */
  readonly loss: number;
  /** Samples left in this epoch, and in all of it. */
  readonly left: number;
  readonly perEpoch: number;
}

export interface EpochPass {
  /** Mean over its samples. */
  readonly loss: number;
  readonly samples: number;
  readonly steps: number;
  /** Without the pauses. */
  readonly seconds: number;
  readonly leftOut: LeftOut;
  /** False when the run was ended inside it. */
  readonly whole: boolean;
}

interface StepInFlight {
  readonly running: ReturnType<Session['run']>;
  readonly count: number;
}

/** @throws TrainingError 'training-diverged', 'nothing-to-learn'; SampleError 'cache-damaged'; what the executor throws */
export async function trainEpoch(job: EpochJob): Promise<EpochPass> {
  const { session, source, spec, epoch } = job;
  const order = epochOrder(source.training(), spec.settings.seed, epoch);
  const draws = trainingDraws(order, spec, epoch);
  const planned = Math.ceil(order.length / spec.settings.batch);
  let [batch, other] = job.buffers;
  const leftOut = nothingLeftOut();
  batch.fill(draws, leftOut);
  const inFlight: StepInFlight[] = [];
  let [total, samples, steps, begun, seconds] = [0, 0, 0, 0, 0];
  let mark = performance.now();

  /** Waits for the first step in flight and counts it. */
  const settleFirst = async (): Promise<void> => {
    const step = inFlight.shift();
    if (step === undefined) return;
    const sum = lossSum(await step.running);
    if (!Number.isFinite(sum)) throw divergedError(`the loss is ${sum} in step ${steps + 1} of epoch ${epoch}`);
    const now = performance.now();
    const elapsed = (now - mark) / 1000;
    mark = now;
    total += sum;
    samples += step.count;
    steps++;
    seconds += elapsed;
    job.onStep({
      step: steps,
      steps: Math.max(planned, steps),
      samples: step.count,
      seconds: elapsed,
      loss: sum / step.count,
      left: Math.max(0, order.length - samples - countLeftOut(leftOut)),
      perEpoch: order.length - countLeftOut(leftOut),
    });
  };

  try {
    while (batch.count > 0) {
      const asked = performance.now();
      const isEnding = await job.held();
      // Neither a pause nor what came before the first step is a step's time.
      mark = inFlight.length === 0 ? performance.now() : mark + performance.now() - asked;
      if (isEnding) {
        while (inFlight.length > 0) await settleFirst();
        return { loss: total / samples, samples, steps, seconds, leftOut, whole: false };
      }
      begun++;
      const scalars = { learningRate: job.learningRate, step: job.stepsBefore + begun };
      const running = session.run({ phase: 'step', ...batch.request(), scalars });
      // Its failure is reported where it is awaited.
      running.catch(() => undefined);
      inFlight.push({ running, count: batch.count });
      other.fill(draws, leftOut);
      while (inFlight.length > (session.runsAhead ?? 0)) await settleFirst();
      [batch, other] = [other, batch];
    }
    while (inFlight.length > 0) await settleFirst();
  } catch (error) {
    // A session must not be closed while it runs.
    await Promise.allSettled(inFlight.map(({ running }) => running));
    throw error;
  }
  if (samples === 0) throw nothingToLearn(describeLeftOut('training', leftOut) ?? 'No image is in the training part.');
  return { loss: total / samples, samples, steps, seconds, leftOut, whole: true };
}

function* trainingDraws(order: readonly number[], spec: RunSpec, epoch: number): Generator<Draw, undefined> {
  const { seed, augmentation, size } = spec.settings;
  for (const [position, sample] of order.entries()) {
    const random = augmentationRandom(seed, epoch, position);
    yield { sample, augmentation: drawAugmentation(random, augmentation, size.width === size.height) };
  }
}

/** @param what is missing, as a sentence */
export function nothingToLearn(what: string): TrainingError {
  return new TrainingError(
    'nothing-to-learn',
    `There is nothing to learn from. ${what} Label some images of the training part, or make another split.`,
  );
}
