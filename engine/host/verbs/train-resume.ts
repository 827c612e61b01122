/**
 * Goes on with a run that trains no longer. Convention: the same images, settings and executor as before unless told
 * otherwise, so that an interrupted run ends as it would have ended without.
 */
import { MambrushError } from '../../contract/error.ts';
import type { TrainStarted } from '../../contract/training.ts';
import type { ProjectStore, RunRecord } from '../../store/project-store.ts';
import { RunFolder } from '../../train/run-folder.ts';
import { describeRun } from '../describe-run.ts';
import type { Verb } from '../engine-context.ts';
import { chooseExecutor } from '../executors.ts';
import { prepareRunSamples } from '../prepare-run-samples.ts';

export const trainResume: Verb<'train.resume'> = async ({ projects, trainers }, args, work): Promise<TrainStarted> => {
  const store = projects.get(args.project);
  const run = args.run === undefined ? store.runs.latest() : store.runs.get(args.run);
  if (run === undefined) {
    const which = args.run === undefined ? 'has no run to resume yet' : `has no run ${String(args.run)}`;
    throw new MambrushError('run-unknown', `${store.folder} ${which}. Start one.`, { path: store.folder });
  }
  if (trainers.isTraining(store.folder, run.id)) {
    trainers.order(store.folder, run.id, 'resume');
    const chosen = await chooseExecutor({ executor: run.executor });
    return { run: describeRun(store, run), compute: chosen.choice, notes: [] };
  }
  trainers.refuseSecond(store.folder);
  const folder = new RunFolder(store.runFolder(run.id));
  const { settings, network, data } = folder.readSpec();
  const epochs = args.epochs ?? settings.epochs;
  takeOverEpochs(store, run, folder);
  refuseFinished(store, run, epochs);
  const chosen = await chooseExecutor(
    { executor: run.executor, threads: settings.threads, ...given(args.compute) },
    work,
  );
  const { executor } = chosen.choice;
  const shape = { size: settings.size, channels: network.inputChannels, classes: network.classes };
  const notes = [...(await prepareRunSamples(store, [...data.training, ...data.validation], shape, work))];
  if (executor !== run.executor) {
    notes.push(`The run goes on with the executor '${executor}' instead of '${run.executor}': its bits will differ.`);
  }
  store.runs.update(run.id, { executor, settings: { ...settings, epochs } });
  const { threads } = args.compute ?? {};
  const notices = await trainers.begin(store, run.id, {
    folder: folder.path,
    changes: { ...(args.epochs !== undefined && { epochs }), ...(threads !== undefined && { threads }) },
    expectedClasses: store.classes.all().map(({ name }) => ({ name })),
    cacheFolder: store.cacheFolder,
    compute: { threads: settings.threads, ...given(args.compute), executor },
  });
  return {
    run: describeRun(store, store.runs.get(run.id) ?? run),
    compute: chosen.choice,
    notes: [...notes, ...notices],
  };
};

/** Epochs that the trainer finished after its engine had died. */
function takeOverEpochs(store: ProjectStore, run: RunRecord, folder: RunFolder): void {
  const known = new Set(store.runs.epochs(run.id).map(({ epoch }) => epoch));
  for (const metrics of folder.readMetrics()) if (!known.has(metrics.epoch)) store.runs.addEpoch(run.id, metrics);
}

function refuseFinished(store: ProjectStore, run: RunRecord, epochs: number): void {
  if (run.status !== 'done' || store.runs.epochs(run.id).length < epochs) return;
  throw new MambrushError(
    'run-finished',
    `Run ${String(run.id)} is finished: all its epochs are done. Give it more epochs to go on with it, or start another.`,
    { path: store.folder },
  );
}

function given<Settings extends object>(settings: Settings | undefined): Partial<Settings> {
  const entries = Object.entries(settings ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Settings>;
}
