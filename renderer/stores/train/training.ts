/**
 * Starting, resuming, pausing and ending runs. Not the runs themselves (runs.ts), which of them is shown (run-selection.ts),
 * or how the next one is set (recipe.ts). Convention: one run trains at a time.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { LongWork } from '../../../engine/contract/progress.ts';
import type { ExecutorChoice, RunInfo, TrainStarted } from '../../../engine/contract/training.ts';
import { engine } from '../../engine.ts';
import { textOf, textOfFallback } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useTasks } from '../shell/tasks.ts';
import { useRecipe } from './recipe.ts';
import { fieldName } from './run-names.ts';
import { useRunNotices } from './run-notices.ts';
import { useRunSelection } from './run-selection.ts';
import { isAtWork } from './run-updates.ts';
import { useRuns } from './runs.ts';
import { canTrain, trainingImages } from './training-images.ts';

export const useTraining = defineStore('training', () => {
  const project = useProject();
  const notices = useNotices();
  const tasks = useTasks();
  const recipe = useRecipe();
  const all = useRuns();
  const selection = useRunSelection();
  const runNotices = useRunNotices();

  /** From the click until the first step. */
  const preparing = ref(false);
  /** A request that is not carried out yet. */
  const ordered = ref<'pause' | 'stop' | 'abort'>();
  /** What computes the runs of this session, as it was said when they began. */
  const computes = shallowRef<ReadonlyMap<number, ExecutorChoice>>(new Map());
  const images = computed(() => trainingImages(project.images, project.info?.split !== undefined));

  /** Trains with what is filled in, dividing the images first where that is needed. */
  async function start(): Promise<void> {
    project.go('train');
    if (all.active !== undefined || preparing.value) return;
    if (!canTrain(images.value)) {
      notices.say(translate('train.missing', { least: images.value.least, count: images.value.labelled }));
      return;
    }
    if (recipe.wrong.length > 0) {
      notices.say(translate('train.invalid', { field: recipe.wrong.map(({ key }) => fieldName(key)).join(', ') }));
      return;
    }
    await prepare(async (work) => {
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
    await prepare((work) => engine.request('train.resume', arguments_, work));
  }

  async function prepare(begin: (work: LongWork) => Promise<TrainStarted>): Promise<void> {
    preparing.value = true;
    await notices.attempt(async () => {
      const { run, compute, notes } = await tasks.run(translate('train.preparing'), begin);
      computes.value = new Map([...computes.value, [run.id, compute]]);
      all.take(run);
      selection.show(run.id);
      if (compute.fallback !== undefined) notices.say(textOfFallback(compute.fallback));
      for (const note of notes) notices.say(textOf(note));
    });
    preparing.value = false;
  }

  async function pause(): Promise<void> {
    await order('pause', () => engine.request('train.pause', { project: project.name() }));
  }

  async function stop(how: 'keep' | 'abort'): Promise<void> {
    const kind = how === 'keep' ? 'stop' : 'abort';
    await order(kind, () => engine.request('train.stop', { project: project.name(), how }));
  }

  async function order(kind: 'pause' | 'stop' | 'abort', give: () => Promise<RunInfo>): Promise<void> {
    ordered.value = kind;
    const run = await notices.attempt(give);
    if (run !== undefined) all.take(run);
    // A pause comes after the step that is at work; its event says when.
    if (kind !== 'pause' || run?.status === 'paused' || run === undefined) ordered.value = undefined;
  }

  all.listen({
    changed: (run, before) => {
      const wasAborted = ordered.value === 'abort';
      if (run.status === 'paused' || !isAtWork(run)) ordered.value = undefined;
      if (before !== undefined && isAtWork(before) && !isAtWork(run) && !wasAborted) runNotices.ended(run);
    },
    // Those that broke off while no window was open, or just now.
    loaded: (before) => {
      const run = all.runs.findLast(
        ({ id, status, resumable }) =>
          status === 'interrupted' && resumable && (id === before?.id || project.info?.interruptedRuns.includes(id)),
      );
      if (run === undefined) return;
      all.forgetProgress();
      runNotices.brokeOff(run, () => void resume(run.id));
    },
    left: runNotices.goesOn,
  });

  return { preparing, ordered, computes, images, start, resume, pause, stop };
});
