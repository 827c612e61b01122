/**
 * Goes on with a run that trains no longer. Convention: the same images, settings and executor as before unless told
 * otherwise, so that an interrupted run ends as it would have ended without.
 */
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { TrainStarted } from '../../contract/training.ts';
import type { ProjectStore, RunRecord } from '../../store/project-store.ts';
import { RunFolder } from '../../train/runs/run-folder.ts';
import { describeRun } from '../answers/describe-run.ts';
import type { Checked, EngineContext, Verb } from '../engine-context.ts';
import { chooseExecutor } from '../../compute/choose-executor.ts';
import { prepareRunSamples } from '../trainers/prepare-run-samples.ts';

export const trainResume: Verb<'train.resume'> = async (context, args, work): Promise<TrainStarted> => {
  const { projects, trainers, compute } = context;
  const store = projects.get(args.project);
  const known = args.run === undefined ? store.runs.latest() : store.runs.get(args.run);
  if (known === undefined) {
    const which = args.run === undefined ? 'has no run to resume yet' : `has no run ${String(args.run)}`;
    throw new MambrushError('run-unknown', `${store.folder} ${which}. Start one.`, { path: store.folder });
  }
  if (trainers.isTraining(store.folder, known.id)) {
    trainers.order(store.folder, known.id, 'resume');
    const chosen = await chooseExecutor(compute, { executor: known.executor });
    return { run: describeRun(store, known), compute: chosen.choice, notes: [] };
  }
  const giveBack = trainers.claim(store.folder);
  try {
    return await goOn(context, store, trainers.settled(store, known), args, work);
  } finally {
    giveBack();
  }
};

async function goOn(
  { trainers, compute }: EngineContext,
  store: ProjectStore,
  run: RunRecord,
  args: Checked<'train.resume'>,
  work: LongWork,
): Promise<TrainStarted> {
  const folder = new RunFolder(store.runFolder(run.id));
  const { settings, network, data } = folder.readSpec();
  const epochs = args.epochs ?? settings.epochs;
  refuseFinished(store, run, epochs);
  const wanted = { threads: settings.threads, ...given(args.compute) };
  const chosen = await chooseExecutor(compute, { executor: run.executor, ...wanted }, work);
  const { executor } = chosen.choice;
  const shape = { size: settings.size, channels: network.inputChannels, classes: network.classes };
  const notes = [...(await prepareRunSamples(store, [...data.training, ...data.validation], shape, work))];
  if (executor !== run.executor) {
    const message = `The run goes on with the executor '${executor}' instead of '${run.executor}': its bits will differ.`;
    notes.push({ code: 'executor-changed', message });
  }
  work.signal?.throwIfAborted();
  store.runs.update(run.id, { executor, settings: { ...settings, epochs } });
  const { threads } = args.compute ?? {};
  const notices = await trainers.begin({
    store,
    run: run.id,
    job: {
      folder: folder.path,
      changes: { ...(args.epochs !== undefined && { epochs }), ...(threads !== undefined && { threads }) },
      expectedClasses: store.classes.all().map(({ name }) => ({ name })),
      cacheFolder: store.cacheFolder,
      compute: { ...wanted, executor },
    },
    before: {
      executor: run.executor,
      settings: run.settings,
      status: run.status,
      message: run.message,
      code: run.code,
    },
  });
  const begun = store.runs.get(run.id) ?? run;
  return { run: describeRun(store, begun), compute: chosen.choice, notes: [...notes, ...notices] };
}

function refuseFinished(store: ProjectStore, run: RunRecord, epochs: number): void {
  if (run.status !== 'done' || (store.runs.epochs(run.id).at(-1)?.epoch ?? 0) < epochs) return;
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
