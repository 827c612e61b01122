/**
 * Begins a run in an empty folder, or goes on with one from its folder. Wires what the loop needs; the loop is
 * `training-loop.ts`. Convention: everything is checked before the first step, and nothing is written when it is wrong.
 */
import { existsSync } from 'node:fs';
import { readCheckpoint } from '../../network/checkpoint.ts';
import type { Checkpoint } from '../../network/checkpoint.ts';
import { initialParameters } from '../../network/initialise.ts';
import type { NetworkConfig } from '../../network/network-config.ts';
import type { Executor } from '../../program/executor.ts';
import { continuedState, requireEpochsLeft } from './continue-training.ts';
import type { Blocks } from './run-checkpoint.ts';
import { RunFolder } from './run-folder.ts';
import { networkDifferences, parseRunSpec } from './run-spec.ts';
import type { RunSpec, RunSpecInput } from './run-spec.ts';
import { parseRunState } from './run-state.ts';
import type { RunState } from './run-state.ts';
import type { SampleSource } from '../sample-source.ts';
import { TrainingError } from '../train-error.ts';
import { trainingLoop } from '../training-loop.ts';
import type { RunWatch } from '../training-loop.ts';
import type { RunOutcome } from '../training-event.ts';

interface RunRequest {
  readonly folder: string;
  readonly executor: Executor;
  readonly source: SampleSource;
}

interface StartRequest extends RunRequest {
  readonly spec: RunSpecInput;
}

export interface ResumeRequest extends RunRequest {
  /** The project's classes as they are now: refused when the run is for others. */
  readonly expectedClasses?: readonly { readonly name: string }[];
  /** What may be changed in a run: more (or fewer) epochs, other threads. */
  readonly changes?: { readonly epochs?: number; readonly threads?: number };
}

/**
 * Begins a run and follows it to its end.
 * @throws TrainingError 'run-exists', 'training-settings', 'run-mismatch', 'warm-start-mismatch'; MambrushError of the
 * checkpoint to start from; WriteError. Once it has begun, what goes wrong is told by the outcome 'failed'.
 */
export async function startRun(request: StartRequest, watch: RunWatch = {}): Promise<RunOutcome> {
  const { executor, source } = request;
  const spec = parseRunSpec(request.spec);
  const folder = new RunFolder(request.folder);
  checkSource(source, spec, folder.path);
  const beginning = beginningOf(spec);
  folder.create(spec);
  return trainingLoop({ folder, spec, executor, source, ...beginning }, watch);
}

/**
 * Goes on with a run from its latest checkpoint; with the same executor and threads, to the same bits that it would have
 * reached without the interruption. A run that is over is left as it is, unless `changes` give it more to do.
 * @throws TrainingError 'run-missing', 'run-damaged', 'run-mismatch', 'training-settings'; MambrushError of the checkpoint
 */
export async function resumeRun(request: ResumeRequest, watch: RunWatch = {}): Promise<RunOutcome> {
  const { executor, source, expectedClasses, changes = {} } = request;
  const folder = new RunFolder(request.folder);
  const stored = folder.readSpec();
  if (expectedClasses !== undefined) checkClasses(stored, expectedClasses, folder.path);
  checkSource(source, stored, folder.path);
  const spec = parseRunSpec({ ...stored, settings: { ...stored.settings, ...changes } });
  // A run that died before its first checkpoint begins as it would have begun.
  if (!folder.hasLatest) {
    return trainingLoop({ folder, spec, executor, source, ...beginningOf(spec) }, watch);
  }
  const latest = readCheckpoint(folder.latestFile);
  const { parameters, moments, metadata } = latest;
  const differences = networkDifferences(latest.config, spec.network);
  if (differences.length > 0) {
    throw mismatch(`its latest checkpoint is of another network: ${differences.join(', ')}`, folder.path);
  }
  if (moments === undefined) {
    throw new TrainingError(
      'run-damaged',
      `${folder.latestFile} has no optimiser state, so the run cannot go on from it. Start a new run with this file as ` +
        'its warm start.',
      { path: folder.latestFile },
    );
  }
  const state = parseRunState(metadata['state'], folder.latestFile);
  if (Object.keys(changes).length > 0) folder.writeSpec(spec);
  folder.truncateMetrics(state.epoch);
  return trainingLoop({ folder, spec, executor, source, blocks: { parameters, moments }, state }, watch);
}

/** What the first step begins with. */
interface Beginning {
  readonly blocks: Blocks;
  /** Of a run that goes on where another training was. */
  readonly state: RunState | undefined;
}

function beginningOf({ network, settings }: RunSpec): Beginning {
  const { warmStart } = settings;
  if (warmStart === undefined) {
    return {
      blocks: freshMoments(initialParameters(network, settings.initialisation, settings.seed)),
      state: undefined,
    };
  }
  const checkpoint = readWarmStart(warmStart, network);
  const { parameters, moments } = checkpoint;
  if (settings.continues !== true) return { blocks: freshMoments(parameters), state: undefined };
  const state = continuedState(checkpoint, warmStart);
  requireEpochsLeft(state, settings, warmStart);
  return { blocks: moments === undefined ? freshMoments(parameters) : { parameters, moments }, state };
}

function freshMoments(parameters: Float32Array): Blocks {
  const zeros = (): Float32Array => new Float32Array(parameters.length);
  return { parameters, moments: { moment1: zeros(), moment2: zeros() } };
}

/**
 * The checkpoint that a run is to start from.
 * @throws TrainingError 'warm-start-mismatch' when it is of another network; MambrushError of `readCheckpoint`
 */
export function readWarmStart(path: string, network: NetworkConfig): Checkpoint {
  const checkpoint = readCheckpoint(path);
  const differences = networkDifferences(checkpoint.config, network);
  if (differences.length === 0) return checkpoint;
  const hint =
    checkpoint.config.classes === network.classes
      ? 'Choose the same network for the run, or start without it.'
      : 'Its last layer has one output per class, so it fits only a project with as many classes. Choose a checkpoint ' +
        'with as many classes as the project has, or start without one.';
  throw new TrainingError(
    'warm-start-mismatch',
    `The run cannot start from ${path}: ${differences.join(', ')}. ${hint}`,
    { path },
  );
}

function checkSource(source: SampleSource, { network, settings }: RunSpec, path: string): void {
  const { width, height } = settings.size;
  if (source.size.width !== width || source.size.height !== height) {
    const prepared = `${source.size.width}×${source.size.height}`;
    throw mismatch(`it trains at ${width}×${height}, but the samples are prepared at ${prepared}`, path);
  }
  if (source.channels !== network.inputChannels) {
    throw mismatch(
      `its network takes ${network.inputChannels} channels, but the samples have ${source.channels}`,
      path,
    );
  }
  if (source.classes !== network.classes) {
    throw mismatch(`its network knows ${network.classes} classes, but the samples have ${source.classes}`, path);
  }
}

function checkClasses({ classes }: RunSpec, expected: readonly { readonly name: string }[], path: string): void {
  const [found, wanted] = [classes, expected].map((list) => list.map(({ name }) => name).join(', '));
  if (wanted !== found) throw mismatch(`it was begun for the classes ${found}, and they are ${wanted} now`, path);
}

function mismatch(what: string, path: string): TrainingError {
  return new TrainingError(
    'run-mismatch',
    `The run in ${path} does not fit: ${what}. Start a new run, if you like from this one's best checkpoint.`,
    { path },
  );
}

/** Whether the folder holds a run that `resumeRun` could take. */
export function holdsRun(folder: string): boolean {
  return existsSync(new RunFolder(folder).specFile);
}
