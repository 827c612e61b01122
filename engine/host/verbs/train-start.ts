/**
 * Starts a run: settings, network, samples, then the trainer. Convention: everything is checked before the first sample is
 * prepared, and the run is in the project before its trainer starts.
 */
import { availableParallelism } from 'node:os';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { NetworkSettings } from '../../contract/network-settings.ts';
import type { ExecutorChoice, TrainNote, TrainStarted } from '../../contract/training.ts';
import { readCheckpoint } from '../../network/checkpoint.ts';
import { checkConfig, checkSize, defaultConfig } from '../../network/network-config.ts';
import type { NetworkConfig } from '../../network/network-config.ts';
import type { NewRun, ProjectStore, SplitRecord } from '../../store/project-store.ts';
import { continuedSettings } from '../../train/runs/continue-training.ts';
import type { ContinuedSettings } from '../../train/runs/continue-training.ts';
import type { RunSpecInput } from '../../train/runs/run-spec.ts';
import { readWarmStart } from '../../train/runs/start-run.ts';
import { parseTrainingSettings } from '../../train/training-settings.ts';
import { describeRun } from '../answers/describe-run.ts';
import type { Checked, Verb } from '../engine-context.ts';
import { chooseExecutor, refuseHopeless } from '../../compute/choose-executor.ts';
import type { Compute } from '../../compute/compute.ts';
import { raceExecutors } from '../../compute/race.ts';
import { prepareRunSamples } from '../trainers/prepare-run-samples.ts';
import type { TrainerJob } from '../trainers/trainer-messages.ts';

export const trainStart: Verb<'train.start'> = async (
  { projects, trainers, compute },
  args,
  work,
): Promise<TrainStarted> => {
  const store = projects.get(args.project);
  const giveBack = trainers.claim(store.folder);
  try {
    const { run, job, choice, notes } = await prepare(compute, store, args, work);
    work.signal?.throwIfAborted();
    const record = store.runs.create(run);
    const folder = store.runFolder(record.id);
    const spec = { ...job.spec, name: record.name };
    const notices = await trainers.begin({ store, run: record.id, job: { ...job, folder, spec } });
    const begun = store.runs.get(record.id) ?? record;
    return { run: describeRun(store, begun), compute: choice, notes: [...notes, ...notices] };
  } finally {
    giveBack();
  }
};

interface Prepared {
  readonly run: NewRun;
  readonly job: Omit<TrainerJob, 'folder' | 'spec'> & { readonly spec: Omit<RunSpecInput, 'name'> };
  readonly choice: ExecutorChoice;
  readonly notes: readonly TrainNote[];
}

async function prepare(
  compute: Compute,
  store: ProjectStore,
  args: Checked<'train.start'>,
  work: LongWork,
): Promise<Prepared> {
  const split = currentSplit(store);
  const classes = store.classes.all();
  const own = await chooseExecutor(compute, args.compute, work);
  const threads = args.compute?.threads ?? availableParallelism();
  const network = networkOf(args.network, args.from, classes.length);
  const planned = settingsOf(args, { executor: own.choice.executor, threads }).settings;
  checkConfig(network);
  checkSize(planned.size.width, planned.size.height);
  const raced = { phase: 'step', network, size: planned.size, batch: planned.batch } as const;
  const chosen = await raceExecutors(compute, own, args.compute ?? {}, raced, work);
  const { executor } = chosen.choice;
  const { settings, notes: takenOver } = settingsOf(args, { executor, threads });
  if (args.from !== undefined) readWarmStart(args.from, network);
  const { train, val } = split.parts;
  refuseHopeless(chosen, settings.size.width * settings.size.height * train.length * settings.epochs);

  const { cacheFolder } = store;
  const shape = { size: settings.size, channels: network.inputChannels, classes: network.classes };
  const notes = [...takenOver, ...(await prepareRunSamples(store, [...train, ...val], shape, work))];
  return {
    run: {
      splitId: split.id,
      seed: settings.seed,
      executor,
      network,
      settings,
      ...(args.name !== undefined && { name: args.name }),
    },
    job: {
      spec: {
        format: 1 as const,
        network,
        settings,
        classes: classes.map(({ name, color }) => ({ name, color })),
        data: { cacheFolder, training: train, validation: val },
      },
      expectedClasses: classes.map(({ name }) => ({ name })),
      cacheFolder,
      compute: { ...args.compute, executor, threads },
    },
    choice: chosen.choice,
    notes,
  };
}

function currentSplit(store: ProjectStore): SplitRecord {
  const split = store.splits.current();
  if (split === undefined) {
    throw new MambrushError(
      'split-missing',
      `${store.folder} has no split yet. Divide its labeled images into train, val and test first.`,
      { path: store.folder },
    );
  }
  if (split.parts.train.length === 0) {
    throw new MambrushError('split-empty', 'The training part of the split is empty. Make another split.', {
      path: store.folder,
    });
  }
  return split;
}

/** What is left out is the recipe's, or the checkpoint's where the run goes on from it. */
function settingsOf(
  { settings, from, continue: continues = false }: Checked<'train.start'>,
  machine: { readonly executor: string; readonly threads: number },
): ContinuedSettings {
  const given = {
    ...settings,
    ...machine,
    ...(from !== undefined && { warmStart: from }),
    ...(continues && { continues }),
  };
  if (!continues || from === undefined) return { settings: parseTrainingSettings(given), notes: [] };
  return continuedSettings(readCheckpoint(from), from, given);
}

/** What is left out is the checkpoint's, where a run starts from one, else the default. */
function networkOf(wanted: NetworkSettings = {}, from: string | undefined, classes: number): NetworkConfig {
  const basis = from === undefined ? defaultConfig : readCheckpoint(from).config;
  const given = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
  return { ...basis, ...given, classes };
}
