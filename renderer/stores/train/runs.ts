/**
 * The project's runs and their epochs, kept up to date by the engine's events. Neither starts nor chooses any. Convention:
 * the engine is right; after a break all of it is asked for again.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';
import type { EngineEvent } from '../../../engine/contract/events.ts';
import type { EpochInfo, RunInfo } from '../../../engine/contract/training.ts';
import { engine } from '../../engine.ts';
import { useProject } from '../project/project.ts';
import { afterEpochs, isAtWork, withEpochs } from './run-updates.ts';
import type { EpochEvent } from './run-updates.ts';

type Progress = Extract<EngineEvent, { kind: 'train.progress' }>;

/** A small network ends a hundred epochs a second: what is new is shown a few times a second. */
const shownMilliseconds = 200;

export interface RunListener {
  /** A run's state is another; `before` is what was known of it. */
  readonly changed: (run: RunInfo, before: RunInfo | undefined) => void;
  /** All runs were asked for anew; `before` is the one that trained, as far as was known. */
  readonly loaded: (before: RunInfo | undefined) => void;
  /** The project is closed while this run trains. */
  readonly left: (run: RunInfo) => void;
}

export const useRuns = defineStore('runs', () => {
  const project = useProject();

  /** Oldest first. */
  const runs = shallowRef<readonly RunInfo[]>([]);
  /** Of the runs that were shown or compared. */
  const epochs = shallowRef<ReadonlyMap<number, readonly EpochInfo[]>>(new Map());
  const live = shallowRef<Progress>();
  const active = computed(() => runs.value.find(isAtWork));
  const listeners = new Set<RunListener>();

  /** Everything anew: runs, and the epochs of those whose epochs are known. */
  async function load(): Promise<void> {
    const { folder } = project;
    if (folder === undefined) return;
    const before = active.value;
    const answer = await engine.request('train.runs', { project: folder });
    if (folder !== project.folder) return;
    runs.value = answer.runs;
    for (const id of epochs.value.keys()) await loadEpochs(id);
    for (const { loaded } of listeners) loaded(before);
  }

  async function loadEpochs(run: number): Promise<void> {
    const { folder } = project;
    if (folder === undefined || runOf(run) === undefined) return;
    const status = await engine.request('train.status', { project: folder, run });
    if (folder !== project.folder) return;
    take(status.run);
    epochs.value = new Map([...epochs.value, [run, status.epochs]]);
  }

  function runOf(id: number): RunInfo | undefined {
    return runs.value.find((run) => run.id === id);
  }

  function take(run: RunInfo): void {
    const isKnown = runOf(run.id) !== undefined;
    runs.value = isKnown ? runs.value.map((known) => (known.id === run.id ? run : known)) : [...runs.value, run];
  }

  let newProgress: Progress | undefined;
  let newEpochs: EpochEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function receive(event: EngineEvent): void {
    if (event.project !== project.folder) return;
    if (event.kind === 'train.state') {
      showNew();
      takeState(event.run);
    } else if (event.kind === 'train.progress' || event.kind === 'train.epoch') {
      if (event.kind === 'train.progress') newProgress = event;
      else newEpochs.push(event);
      timer ??= setTimeout(showNew, shownMilliseconds);
    }
  }

  function showNew(): void {
    clearTimeout(timer);
    timer = undefined;
    live.value = newProgress;
    for (const [run, events] of Map.groupBy(newEpochs, (event) => event.run)) takeEpochs(run, events);
    newEpochs = [];
  }

  function takeEpochs(id: number, events: readonly EpochEvent[]): void {
    const known = epochs.value.get(id);
    if (known !== undefined) epochs.value = new Map([...epochs.value, [id, withEpochs(known, events)]]);
    const run = runOf(id);
    if (run === undefined) return;
    const after = afterEpochs(run, events);
    take(after);
    // Its files are there from now on.
    const hasNewFiles = run.latestFile === undefined || (after.best !== undefined && run.bestFile === undefined);
    if (hasNewFiles) void loadEpochs(id).catch(() => undefined);
  }

  function takeState(run: RunInfo): void {
    const before = runOf(run.id);
    take(run);
    const isUnknown = epochs.value.get(run.id) === undefined || run.status === 'running';
    if (isUnknown) void loadEpochs(run.id).catch(() => undefined);
    if (!isAtWork(run)) forgetProgress();
    for (const { changed } of listeners) changed(run, before);
  }

  function forgetProgress(): void {
    newProgress = undefined;
    live.value = undefined;
  }

  engine.listen(receive);
  watch(
    () => project.folder,
    (folder, before) => {
      const training = active.value;
      if (before !== undefined && folder === undefined && training !== undefined) {
        for (const { left } of listeners) left(training);
      }
      runs.value = [];
      epochs.value = new Map();
      newEpochs = [];
      forgetProgress();
    },
    { flush: 'sync' },
  );
  watch(
    () => project.generation,
    () => void load().catch(() => undefined),
  );

  return {
    runs,
    epochs,
    live,
    active,
    loadEpochs,
    take,
    forgetProgress,
    listen: (listener: RunListener) => listeners.add(listener),
  };
});
