/**
 * Who computes a job fastest here, the processor or a graphics card: measured on the job's own program, and remembered.
 * Convention: run only where nobody was asked for by name and a card is there that is not simulated; a card takes part
 * that passes the self-check and gives the same results.
 */
import { refusedByError } from '../contract/fallback.ts';
import type { Refusal } from '../contract/fallback.ts';
import type { LongWork } from '../contract/progress.ts';
import type { ComputeSettings } from '../contract/training.ts';
import { initialParameters } from '../network/initialise.ts';
import { predictionProgram, trainingProgram } from '../network/mamba-unet.ts';
import type { NetworkConfig } from '../network/network-config.ts';
import type { Executor, FloatArray, RunRequest, Session } from '../program/executor.ts';
import { chosenExecutor } from './choose-executor.ts';
import type { ChosenExecutor } from './choose-executor.ts';
import type { Compute, RaceResult } from './compute.ts';
import type { Device } from './device.ts';
import { exampleInputs, refusedByResults } from './compare-results.ts';
import { refusedBySelfCheck } from './self-check.ts';

export interface RaceJob {
  /** What is measured: a step of training, or the forward pass of prediction. */
  readonly phase: 'step' | 'forward';
  readonly network: NetworkConfig;
  readonly size: { readonly width: number; readonly height: number };
  readonly batch: number;
  /** In checkpoint order; those of a new network when absent. */
  readonly parameters?: FloatArray;
}

/** Long enough to tell two executors apart, in milliseconds. */
const patience = 500;
const mostRuns = 10;

/**
 * @param own what 'auto' takes without a race
 * @returns it, or the card that is faster than it and the others; with what was measured
 */
export async function raceExecutors(
  compute: Compute,
  own: ChosenExecutor,
  settings: ComputeSettings,
  job: RaceJob,
  work: LongWork,
): Promise<ChosenExecutor> {
  const { executor = 'auto', instructionSet, threads } = settings;
  if (executor !== 'auto' || instructionSet !== undefined) return own;
  const found = await compute.cards.find();
  const cards = found.filter((device) => device.unavailable === undefined && !device.isSoftware);
  if (cards.length === 0) return job.phase === 'step' ? withMissingCard(compute, own, found) : own;
  const { phase, network, size, batch } = job;
  const names = [own, ...cards].map(({ executor: { name, description } }) => [name, description]);
  const key = JSON.stringify([phase, network, size, batch, threads, names]);
  const result = compute.races.get(key) ?? (await race(compute, own, cards, job, work));
  // What failed, as a card without memory at that moment, may do better another time.
  if (result.refusals.every(({ code }) => code !== 'executor-failed')) compute.races.set(key, result);
  const { race: figures, refusals } = result;
  const [fastest] = figures.toSorted((one, other) => one.milliseconds - other.milliseconds);
  const card = cards.find((device) => device.executor.name === fastest?.executor);
  const chosen = card === undefined ? own : chosenExecutor(card, settings);
  return {
    ...chosen,
    choice: {
      ...chosen.choice,
      ...(figures.length > 0 && { race: [...figures] }),
      ...(refusals.length > 0 && { refusals: [...refusals] }),
    },
  };
}

function withMissingCard(compute: Compute, own: ChosenExecutor, [first]: readonly Device[]): ChosenExecutor {
  if (compute.saidThatNoCard) return own;
  compute.saidThatNoCard = true;
  const reason = first?.unavailable ?? `${first?.card ?? ''} is only simulated by the processor`;
  return { ...own, choice: { ...own.choice, refusals: [{ code: 'gpu-missing', reason }] } };
}

async function race(
  compute: Compute,
  own: ChosenExecutor,
  cards: readonly Device[],
  job: RaceJob,
  work: LongWork,
): Promise<RaceResult> {
  // The reference would take minutes to be measured, and never wins.
  const ownTrial = own.choice.fallback === undefined ? await runTrial(own.executor, job, work) : undefined;
  const trials = ownTrial === undefined ? [] : [ownTrial];
  const refusals: Refusal[] = [];
  for (const device of cards) {
    work.signal?.throwIfAborted();
    const trial = await tryCard(compute, device, job, ownTrial, work);
    if ('code' in trial) refusals.push(trial);
    else trials.push(trial);
  }
  return { race: trials.map(({ executor, milliseconds }) => ({ executor, milliseconds })), refusals };
}

/** @param own whose results must be the same, where there is one */
async function tryCard(
  compute: Compute,
  device: Device,
  job: RaceJob,
  own: Trial | undefined,
  work: LongWork,
): Promise<Trial | Refusal> {
  const { executor } = device;
  try {
    const refused = await refusedBySelfCheck(compute, device);
    if (refused !== undefined) return refused;
    const trial = await runTrial(executor, job, work);
    const { name } = executor;
    return (own && refusedByResults(name, [trial.probabilities], [own.probabilities])) ?? trial;
  } catch (error) {
    return refusedByError(executor.name, error);
  }
}

interface Trial {
  readonly executor: string;
  /** For an image. */
  readonly milliseconds: number;
  /** Of prediction (N·H·W·K); none of a training step. */
  readonly probabilities: FloatArray;
}

/** Computes the job a few times, on pictures made for it. */
export async function runTrial(executor: Executor, job: RaceJob, work: LongWork = {}): Promise<Trial> {
  const { phase, network, size, batch, parameters = initialParameters(network, 'reference', 1) } = job;
  const program = (phase === 'step' ? trainingProgram : predictionProgram)(network, { ...size, batch });
  const session = await executor.open(program);
  try {
    await session.write('parameters', parameters);
    const request = exampleRequest(job);
    // The first run sets up what the others find.
    const { probabilities } = await session.run(request);
    return {
      executor: executor.name,
      milliseconds: (await measureRuns(session, request, work)) / batch,
      probabilities: (phase === 'forward' ? probabilities : undefined) ?? new Float32Array(),
    };
  } finally {
    await session.close();
  }
}

/** Milliseconds of a run, the least of a few; of training steps, several are under way where the executor can. */
async function measureRuns(session: Session, request: RunRequest, work: LongWork): Promise<number> {
  const begun = performance.now();
  let least = Infinity;
  for (let runs = 0; runs < mostRuns && performance.now() - begun < patience;) {
    work.signal?.throwIfAborted();
    const together = request.phase === 'step' ? 1 + (session.runsAhead ?? 0) : 1;
    const before = performance.now();
    await Promise.all(Array.from({ length: together }, () => session.run(request)));
    least = Math.min(least, (performance.now() - before) / together);
    runs += together;
  }
  return least;
}

function exampleRequest({ phase, network, size, batch }: RaceJob): RunRequest {
  const pictures = exampleInputs({ ...size, channels: network.inputChannels }, batch);
  const samples = Buffer.concat(pictures.map(({ pixels }) => pixels));
  const placement = Float32Array.from(pictures.flatMap(({ min, max }) => [1, 0, 0, 0, 1, 0, min, max]));
  const inputs = { samples: new Uint8Array(samples), placement };
  if (phase === 'forward') return { phase, count: batch, inputs };
  const labels = new Uint8Array(batch * size.width * size.height * network.classes);
  for (let i = 0; i < labels.length; i++) labels[i] = i % 64 < 16 ? 254 : 0;
  return {
    phase,
    count: batch,
    inputs: { ...inputs, labels, seed: new Float32Array(batch).fill(1 / batch) },
    scalars: { learningRate: 1e-4, step: 1 },
  };
}
