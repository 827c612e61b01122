/**
 * How good a run is: its measures on a part of the images, and which images are worst. Not the queue of what is not
 * labelled yet (review-queue.ts) and not the picture (review-image.ts). Convention: what was measured is kept, by run and
 * part, until the window is closed.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { Evaluation, Metrics } from '../../../engine/contract/prediction.ts';
import { engine } from '../../engine.ts';
import { translate } from '../../locales/i18n.ts';
import { systemDialogs } from '../../transport/system-dialogs.ts';
import { isRecord } from '../shell/is-record.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useTasks } from '../shell/tasks.ts';
import { nameOf } from '../train/run-names.ts';
import { useRunSelection } from '../train/run-selection.ts';

export const evaluatedParts = ['test', 'val', 'train', 'all'] as const;
export type EvaluatedPart = (typeof evaluatedParts)[number];
export type ReviewTab = 'measures' | 'queue';

interface Measured {
  readonly evaluation: Evaluation;
  /** Proposals that are older may be another network's. */
  readonly at: string;
  /** Of the labels that it was held against, by image. */
  readonly revisions: ReadonlyMap<number, number>;
}

export interface WorstImage {
  readonly image: ImageInfo;
  readonly metrics: Metrics;
}

export const useReviewing = defineStore('reviewing', () => {
  const project = useProject();
  const runSelection = useRunSelection();
  const tasks = useTasks();
  const notices = useNotices();

  const tab = ref<ReviewTab>('measures');
  const part = ref<EvaluatedPart>('test');
  const measured = shallowRef<ReadonlyMap<string, Measured>>(new Map());
  const measuring = ref(false);
  /** Why nothing could be measured, until it is tried again. */
  const trouble = shallowRef<unknown>();
  const selectedId = ref<number>();

  const run = computed(() => runSelection.predictingRun);
  const key = computed(() => `${run.value?.id ?? ''} ${run.value?.best?.epoch ?? ''} ${part.value}`);
  const current = computed(() => measured.value.get(key.value));
  const byPath = computed(() => new Map(project.images.map((image) => [image.path, image])));
  const worst = computed((): readonly WorstImage[] =>
    (current.value?.evaluation.worst ?? []).flatMap(({ path, ...metrics }) => {
      const image = byPath.value.get(path);
      return image === undefined ? [] : [{ image, metrics }];
    }),
  );
  /** How many images have other labels by now. */
  const changed = computed(() => {
    const { value: now } = current;
    return worst.value.filter(({ image: { id, revision } }) => now?.revisions.get(id) !== revision).length;
  });
  const selected = computed(() => worst.value.find(({ image }) => image.id === selectedId.value) ?? worst.value[0]);

  async function evaluate(csv?: string): Promise<void> {
    const { value: network } = run;
    const [measuredKey, asked] = [key.value, part.value];
    if (network?.bestFile === undefined || measuring.value) return;
    measuring.value = true;
    trouble.value = undefined;
    const checkpoint = network.bestFile;
    const at = new Date().toISOString();
    const revisions = new Map(project.images.map(({ id, revision }) => [id, revision]));
    try {
      const title = translate('review.evaluating', { name: nameOf(network) });
      const evaluation = await tasks.run(title, (work) =>
        engine.request('evaluate', { project: project.name(), part: asked, checkpoint, ...(csv && { csv }) }, work),
      );
      measured.value = new Map([...measured.value, [measuredKey, { evaluation, at, revisions }]]);
      selectedId.value = undefined;
      if (evaluation.csv !== undefined) notices.say(translate('review.saved', { path: evaluation.csv }));
    } catch (error) {
      trouble.value = error;
      notices.report(error);
    }
    measuring.value = false;
  }

  async function saveTable(): Promise<void> {
    const path = await systemDialogs.chooseSavePath(translate('review.saveTable'), 'evaluation.csv');
    if (path !== undefined) await evaluate(path);
  }

  /** `step` images on in the list of the worst. */
  function move(step: 1 | -1): void {
    const at = worst.value.findIndex(({ image }) => image.id === selected.value?.image.id);
    const next = worst.value[at + step];
    if (next !== undefined) selectedId.value = next.image.id;
  }

  function correct(image: number): void {
    project.select(image);
    project.go('annotate');
  }

  function setTab(to: ReviewTab): void {
    tab.value = to;
    project.remember({ review: { tab: to, part: part.value } });
  }

  function setPart(to: EvaluatedPart): void {
    part.value = to;
    trouble.value = undefined;
    project.remember({ review: { tab: tab.value, part: to } });
  }

  watch(
    () => project.folder,
    () => {
      measured.value = new Map();
      trouble.value = undefined;
      selectedId.value = undefined;
      const remembered = project.folder === undefined ? undefined : project.recall('review');
      const stored = isRecord(remembered) ? remembered : {};
      tab.value = stored['tab'] === 'queue' ? 'queue' : 'measures';
      part.value = evaluatedParts.find((known) => known === stored['part']) ?? 'test';
    },
    { immediate: true },
  );

  return {
    tab,
    part,
    run,
    current,
    measuring,
    trouble,
    worst,
    changed,
    selected,
    selectedId,
    evaluate,
    saveTable,
    move,
    correct,
    setTab,
    setPart,
  };
});
