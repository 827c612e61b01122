/**
 * The project's runs: what trains now, what has trained, which of them predicts. Not their settings (recipe.ts), not what is
 * said of them in passing (run-notices.ts) and not their sample predictions. Convention: the engine is right; after a break all of it is asked for again.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { EngineEvent } from '../../../engine/contract/events.ts';
import type { EpochInfo, ExecutorChoice, RunInfo, TrainNote } from '../../../engine/contract/training.ts';
import { engine } from '../../engine.ts';
import { textOf, textOfFallback } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useRecipe } from './recipe.ts';
import { fieldName } from './run-names.ts';
import { useRunNotices } from './run-notices.ts';
import { useTasks } from '../shell/tasks.ts';
import { canTrain, trainingImages } from './training-images.ts';

type Live = Extract<EngineEvent, { kind: 'train.progress' }>;
const shownMilliseconds = 200;
type EpochTable = ReadonlyMap<number, readonly EpochInfo[]>;

export const isAtWork = ({ status }: RunInfo): boolean => status === 'running' || status === 'paused';

export const useTraining = defineStore('training', () => {
  const project = useProject();
  const notices = useNotices();
  const tasks = useTasks();
  const recipe = useRecipe();
  const told = useRunNotices();

  /** Oldest first. */
  const runs = shallowRef<readonly RunInfo[]>([]);
  /** Of the runs that were looked at. */
  const epochs = shallowRef<EpochTable>(new Map());
  const live = shallowRef<Live>();
  /** From the click until the first step. */
  const preparing = ref(false);
  /** An order was given and is not carried out yet. */
  const ordered = ref<'pause' | 'stop' | 'abort'>();
  const wantedId = ref<number>();
  /** Whose curves are laid over those of the run that is shown. */
  const compared = shallowRef<ReadonlySet<number>>(new Set());
  /** What computes the runs of this session, as it was said when they began. */
  const computes = shallowRef<ReadonlyMap<number, ExecutorChoice>>(new Map());
  const predictingId = ref<number>();

  const active = computed(() => runs.value.find(isAtWork));
  const shown = computed(() => runs.value.find(({ id }) => id === wantedId.value) ?? active.value ?? runs.value.at(-1));
  const shownEpochs = computed(() => (shown.value === undefined ? [] : (epochs.value.get(shown.value.id) ?? [])));
  /** Whose best network predicts: the one that was picked, else the latest that has one. */
  const predictingRun = computed(() => {
    const able = runs.value.filter(({ bestFile }) => bestFile !== undefined);
    return able.find(({ id }) => id === predictingId.value) ?? able.at(-1);
  });
  const images = computed(() => trainingImages(project.images, project.info?.split !== undefined));

  /** Everything anew: runs, and the curves of those that are looked at. */
  async function load(): Promise<void> {
    const { folder } = project;
    if (folder === undefined) return;
    const before = active.value;
    const answer = await engine.request('train.runs', { project: folder });
    if (folder !== project.folder) return;
    runs.value = answer.runs;
    const looked = new Set([...(shown.value === undefined ? [] : [shown.value.id]), ...compared.value]);
    for (const id of looked) await loadEpochs(id);
    offerResume(before);
  }

  async function loadEpochs(run: number): Promise<void> {
    const { folder } = project;
    if (folder === undefined || !runs.value.some(({ id }) => id === run)) return;
    const status = await engine.request('train.status', { project: folder, run });
    if (folder !== project.folder) return;
    take(status.run);
    epochs.value = new Map([...epochs.value, [run, status.epochs]]);
  }

  /** Of those that broke off, while nobody looked or just now. */
  function offerResume(before: RunInfo | undefined): void {
    const broken = runs.value.filter(
      ({ id, status, resumable }) =>
        status === 'interrupted' && resumable && (id === before?.id || project.info?.interruptedRuns.includes(id)),
    );
    const run = broken.at(-1);
    if (run === undefined) return;
    news = undefined;
    live.value = undefined;
    told.brokeOff(run, () => void resume(run.id));
  }

  function take(run: RunInfo): void {
    const isKnown = runs.value.some(({ id }) => id === run.id);
    runs.value = isKnown ? runs.value.map((known) => (known.id === run.id ? run : known)) : [...runs.value, run];
  }

  /** The one command: trains with what is filled in, dividing the images first where that is needed. */
  async function start(): Promise<void> {
    project.go('train');
    if (active.value !== undefined || preparing.value) return;
    if (!canTrain(images.value)) {
      notices.say(translate('train.missing', { least: images.value.least, count: images.value.labelled }));
      return;
    }
    if (recipe.wrong.length > 0) {
      notices.say(translate('train.wrong', { field: recipe.wrong.map(({ key }) => fieldName(key)).join(', ') }));
      return;
    }
    await prepared(async (work) => {
      const { divided, fresh } = images.value;
      if (!divided || fresh > 0) {
        await engine.request('dataset.split', { project: project.name(), ...(divided && { keep: true }) }, work);
        await project.refresh();
      }
      return engine.request('train.start', { project: project.name(), ...recipe.asked() }, work);
    });
  }

  async function resume(run: number, more?: number): Promise<void> {
    const arguments_ = { project: project.name(), run, ...(more !== undefined && { epochs: more }) };
    await prepared((work) => engine.request('train.resume', arguments_, work));
  }

  async function prepared(
    begin: (work: Parameters<Parameters<typeof tasks.run>[1]>[0]) => Promise<{
      run: RunInfo;
      compute: ExecutorChoice;
      notes: readonly TrainNote[];
    }>,
  ): Promise<void> {
    preparing.value = true;
    await notices.attempt(async () => {
      const { run, compute, notes } = await tasks.run(translate('train.preparing'), begin);
      computes.value = new Map([...computes.value, [run.id, compute]]);
      take(run);
      show(run.id);
      if (compute.fallback !== undefined) notices.say(textOfFallback(compute.fallback));
      for (const note of notes) notices.say(textOf(note));
    });
    preparing.value = false;
  }

  async function pause(): Promise<void> {
    await order('pause', () => engine.request('train.pause', { project: project.name() }));
  }

  async function stop(how: 'keep' | 'abort'): Promise<void> {
    const name = how === 'keep' ? 'stop' : 'abort';
    await order(name, () => engine.request('train.stop', { project: project.name(), how }));
  }

  async function order(kind: 'pause' | 'stop' | 'abort', give: () => Promise<RunInfo>): Promise<void> {
    ordered.value = kind;
    const run = await notices.attempt(give);
    if (run !== undefined) take(run);
    // A pause comes after the step that is at work; its event says when.
    if (kind !== 'pause' || run?.status === 'paused' || run === undefined) ordered.value = undefined;
  }

  function show(run: number): void {
    wantedId.value = run;
    if (epochs.value.get(run) === undefined) void notices.attempt(() => loadEpochs(run));
  }

  function compare(run: number, isCompared: boolean): void {
    const next = new Set(compared.value);
    if (isCompared) next.add(run);
    else next.delete(run);
    compared.value = next;
    if (isCompared && epochs.value.get(run) === undefined) void notices.attempt(() => loadEpochs(run));
  }

  function predictWith(run: number): void {
    predictingId.value = run;
    project.remember({ predictingRun: run });
  }

  /** A small network tells of a hundred epochs a second: what it told is shown a few times a second. */
  let news: Live | undefined;
  let newEpochs: Extract<EngineEvent, { kind: 'train.epoch' }>[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function hear(event: EngineEvent): void {
    if (event.project !== project.folder) return;
    if (event.kind === 'train.progress') news = event;
    else if (event.kind === 'train.epoch') newEpochs.push(event);
    else if (event.kind === 'train.state') {
      showNews();
      hearState(event.run);
      return;
    } else return;
    timer ??= setTimeout(showNews, shownMilliseconds);
  }

  function showNews(): void {
    clearTimeout(timer);
    timer = undefined;
    live.value = news;
    for (const [run, events] of Map.groupBy(newEpochs, (event) => event.run)) hearEpochs(run, events);
    newEpochs = [];
  }

  function hearEpochs(id: number, events: typeof newEpochs): void {
    const known = epochs.value.get(id);
    const first = events[0]?.epoch.epoch ?? 0;
    if (known !== undefined) {
      // A run that goes on from its last checkpoint tells of some again; an answer may know more than what was told.
      const last = events.at(-1)?.epoch.epoch ?? 0;
      const before = known.filter(({ epoch }) => epoch < first);
      const after = known.filter(({ epoch }) => epoch > last);
      epochs.value = new Map([...epochs.value, [id, [...before, ...events.map(({ epoch }) => epoch), ...after]]]);
    }
    const run = runs.value.find((other) => other.id === id);
    if (run === undefined) return;
    const best = events.findLast((event) => event.best)?.epoch;
    const figures = {
      ...(best?.valLoss !== undefined && { valLoss: best.valLoss }),
      ...(best?.valDice !== undefined && { valDice: best.valDice }),
    };
    take({
      ...run,
      epochs: { ...run.epochs, done: events.at(-1)?.epoch.epoch ?? run.epochs.done },
      ...(best !== undefined && { best: { epoch: best.epoch, ...figures } }),
    });
    // Its files are there from now on.
    const isNew = run.latestFile === undefined || (best !== undefined && run.bestFile === undefined);
    if (isNew) void loadEpochs(id).catch(() => undefined);
  }

  function hearState(run: RunInfo): void {
    const before = runs.value.find(({ id }) => id === run.id);
    const wasAsked = ordered.value === 'abort';
    take(run);
    if (run.status === 'paused' || !isAtWork(run)) ordered.value = undefined;
    const isUnknown = epochs.value.get(run.id) === undefined || run.status === 'running';
    if (isUnknown) void loadEpochs(run.id).catch(() => undefined);
    if (isAtWork(run)) return;
    news = undefined;
    live.value = undefined;
    if (before !== undefined && isAtWork(before) && !wasAsked) told.ended(run);
  }

  engine.listen(hear);
  watch(
    () => project.folder,
    (folder, before) => {
      if (before !== undefined && folder === undefined && active.value !== undefined) {
        told.goesOn(active.value);
      }
      runs.value = [];
      epochs.value = new Map();
      compared.value = new Set();
      news = undefined;
      newEpochs = [];
      live.value = undefined;
      wantedId.value = undefined;
      const picked = folder === undefined ? undefined : project.recall('predictingRun');
      predictingId.value = typeof picked === 'number' ? picked : undefined;
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
    preparing,
    ordered,
    compared,
    computes,
    active,
    shown,
    shownEpochs,
    predictingRun,
    images,
    start,
    resume,
    pause,
    stop,
    show,
    compare,
    predictWith,
  };
});
