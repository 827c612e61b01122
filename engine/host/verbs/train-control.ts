/**
 * Steering and watching a run. Convention: the run is the one that trains, or the latest, unless it is named.
 */
import { MambrushError } from '../../contract/error.ts';
import type { EpochInfo, RunInfo } from '../../contract/training.ts';
import type { ProjectStore, RunRecord } from '../../store/project-store.ts';
import { describeRun } from '../answers/describe-run.ts';
import type { EngineContext, Verb } from '../engine-context.ts';

export const trainPause: Verb<'train.pause'> = (context, { project, run }) => {
  const store = context.projects.get(project);
  return describeRun(store, requireRun(store, context.trainers.order(store.folder, run, 'pause')));
};

export const trainStop: Verb<'train.stop'> = async (context, { project, run, how = 'keep' }) => {
  const store = context.projects.get(project);
  const stopped = context.trainers.order(store.folder, run, how === 'keep' ? 'stop' : 'abort');
  await context.trainers.whenEnded(store.folder, stopped);
  return describeRun(store, requireRun(store, stopped));
};

export const trainStatus: Verb<'train.status'> = (context, { project, run }) => {
  const store = context.projects.get(project);
  return statusOf(context, store, requireRun(store, run));
};

export const trainWait: Verb<'train.wait'> = async (context, { project, run }, { signal }) => {
  const store = context.projects.get(project);
  const { id } = requireRun(store, run);
  const ended = context.trainers.whenEnded(store.folder, id);
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal?.reason as Error);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([ended, aborted.promise]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
  return statusOf(context, store, requireRun(store, id));
};

function statusOf(
  context: EngineContext,
  store: ProjectStore,
  record: RunRecord,
): { run: RunInfo; epochs: EpochInfo[] } {
  const run = describeRun(store, context.trainers.settled(store, record));
  return { run, epochs: store.runs.epochs(record.id) };
}

function requireRun(store: ProjectStore, id: number | undefined): RunRecord {
  const run = id === undefined ? store.runs.latest() : store.runs.get(id);
  if (run !== undefined) return run;
  const which = id === undefined ? 'has no run yet' : `has no run ${String(id)}`;
  throw new MambrushError('run-unknown', `${store.folder} ${which}.`, { path: store.folder });
}
