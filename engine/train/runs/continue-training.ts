/**
 * What a new run takes over from a checkpoint that another training saved on its way: epoch, optimiser, schedule. From
 * PyTorch's files (the reference's `latest.pth`) and from our own `latest`. Not the parameters and moments: those are the
 * checkpoint's blocks. Convention: what its user gives goes before what the file says; what cannot be taken over is said.
 */
import { basename } from 'node:path';
import type { TrainNote } from '../../contract/training.ts';
import type { TrainingSettings, TrainingSettingsInput } from '../../contract/training-settings.ts';
import type { Checkpoint } from '../../network/checkpoint.ts';
import { trainingRecord } from '../../network/pytorch/training-record.ts';
import type { TrainingPosition } from '../../network/pytorch/training-record.ts';
import { parseRunState, schedulePosition } from './run-state.ts';
import type { RunState } from './run-state.ts';
import { learningRateAt } from '../schedule.ts';
import { TrainingError } from '../train-error.ts';
import { parseTrainingSettings } from '../training-settings.ts';

export interface ContinuedSettings {
  readonly settings: TrainingSettings;
  /** What its user should know, in sentences. */
  readonly notes: readonly TrainNote[];
}

/**
 * How far the training was, for a run that goes on from there. Its best epoch is not taken over: it was measured on other
 * images, and its network is not in the file.
 * @param path of the checkpoint @throws TrainingError 'warm-start-mismatch' when the file does not say
 */
export function continuedState(checkpoint: Checkpoint, path: string): RunState {
  requireMoments(checkpoint, path);
  const record = recordOf(checkpoint, path);
  if (record !== undefined) {
    const { epoch, step, scheduleEpoch, losses } = record;
    return { epoch, step, monitored: 'validation-loss', losses, continued: { epoch, scheduleEpoch } };
  }
  const { best: _, ...state } = parseRunState(checkpoint.metadata['state'], path);
  return { ...state, continued: { epoch: state.epoch, scheduleEpoch: schedulePosition(state, state.epoch) } };
}

/**
 * The settings that the training had, with those that are given in their place.
 * @throws TrainingError 'warm-start-mismatch' when they cannot be found out or do not fit, 'training-settings'
 */
export function continuedSettings(
  checkpoint: Checkpoint,
  path: string,
  given: TrainingSettingsInput,
): ContinuedSettings {
  const state = continuedState(checkpoint, path);
  const record = recordOf(checkpoint, path);
  const wanted = defined(given);
  const stored = record === undefined ? ownSettings(checkpoint, path) : settingsOf(record, wanted, path);
  const optimiser = { ...stored.optimiser, ...defined(wanted.optimiser ?? {}) } as TrainingSettingsInput['optimiser'];
  requireSameMoments(stored.optimiser?.kind, optimiser?.kind, path);
  const settings = parseTrainingSettings({ ...stored, ...wanted, optimiser });
  requireEpochsLeft(state, settings, path);
  return { settings, notes: notesOf(state, settings, record, wanted, path) };
}

/** @throws TrainingError 'training-settings' when there is nothing left to do */
export function requireEpochsLeft(state: RunState, settings: TrainingSettings, path: string): void {
  if (settings.epochs > state.epoch) return;
  throw new TrainingError(
    'training-settings',
    `'${basename(path)}' has ${state.epoch} epochs behind it, and the run is to have ${settings.epochs}, those included. ` +
      'Give it more epochs.',
    { path },
  );
}

function recordOf({ metadata }: Checkpoint, path: string): TrainingPosition | undefined {
  const text = metadata['training'];
  if (text === undefined) return undefined;
  let record: ReturnType<typeof trainingRecord.safeParse>;
  try {
    record = trainingRecord.safeParse(JSON.parse(text));
  } catch {
    return refuse(path, 'what it says about its training is damaged');
  }
  if (!record.success) return refuse(path, 'what it says about its training is damaged');
  return 'problem' in record.data ? refuse(path, record.data.problem) : record.data;
}

function requireMoments(checkpoint: Checkpoint, path: string): void {
  recordOf(checkpoint, path);
  if (checkpoint.moments === undefined) {
    refuse(path, "it has no state of an optimiser: it holds a network's parameters");
  }
}

function settingsOf(
  { optimiser, learningRate, schedule }: TrainingPosition,
  wanted: TrainingSettingsInput,
  path: string,
): TrainingSettingsInput {
  if (schedule.kind !== 'unknown') return { optimiser, learningRate, schedule };
  if (wanted.schedule !== undefined) return { optimiser, learningRate };
  return refuse(path, `its schedule (${schedule.name}) is none of ours`, 'Choose a schedule, or start');
}

/** Of our own `latest`; what belongs to the machine and to the run's beginning is left to the new run. */
function ownSettings({ metadata }: Checkpoint, path: string): TrainingSettingsInput {
  let settings: TrainingSettings;
  try {
    const spec = JSON.parse(metadata['spec'] ?? '') as { readonly settings?: unknown } | null;
    settings = parseTrainingSettings(spec?.settings);
  } catch {
    return refuse(path, 'it does not say how it was trained');
  }
  const { warmStart: _w, continues: _c, threads: _t, executor: _e, ...lasting } = settings;
  return lasting;
}

function requireSameMoments(found: string | undefined, wanted: string | undefined, path: string): void {
  if ((found === 'sgd') === (wanted === 'sgd')) return;
  refuse(path, `its optimiser's state is of ${found ?? 'adamw'} and does not fit ${wanted ?? 'adamw'}`);
}

function notesOf(
  state: RunState,
  settings: TrainingSettings,
  record: TrainingPosition | undefined,
  wanted: TrainingSettingsInput,
  path: string,
): TrainNote[] {
  const name = `'${basename(path)}'`;
  const { optimiser, schedule, learningRate, epochs } = settings;
  const next = learningRateAt(schedule, learningRate, schedulePosition(state, state.epoch), epochs, state.losses);
  const going =
    `The run goes on after epoch ${state.epoch} of ${name}, with ${optimiser.kind}, the schedule '${schedule.kind}' and ` +
    `the learning rate ${formatRate(next)}. Its best epoch is chosen anew, on this project's images.`;
  const notes: TrainNote[] = [{ code: 'run-continued', message: going }];
  if (record?.assumedAdamW === true && wanted.optimiser === undefined) {
    const message = `${name} does not say whether its optimiser is AdamW or Adam: it is taken for AdamW, the reference's.`;
    notes.push({ code: 'optimiser-assumed', message });
  }
  const chosen = wanted.schedule !== undefined || wanted.learningRate !== undefined;
  if (record !== undefined && !chosen && Math.abs(next - record.nextRate) > 1e-3 * record.nextRate) {
    const message = `${name} has the learning rate ${formatRate(record.nextRate)}, which its schedule does not give.`;
    notes.push({ code: 'learning-rate-differs', message });
  }
  return notes;
}

function formatRate(rate: number): string {
  return String(Number(rate.toPrecision(4)));
}

function defined<Settings extends object>(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Settings;
}

function refuse(path: string, why: string, advice = 'Start'): never {
  throw new TrainingError(
    'warm-start-mismatch',
    `No training can go on from '${basename(path)}': ${why}. ${advice} a new run from its parameters alone.`,
    { path },
  );
}
