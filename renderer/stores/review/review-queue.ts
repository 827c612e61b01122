/**
 * Images that nobody has labelled, with what the network proposes for them: accepted, rejected or skipped one by one, or
 * accepted together where the network is sure. Convention: every decision can be undone; a skipped image stays.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';
import { engine } from '../../engine.ts';
import { reasonOf, textOfFallback } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useProposalDecisions } from '../project/proposal-decisions.ts';
import { useTasks } from '../shell/tasks.ts';
import { useRunSelection } from '../train/run-selection.ts';

export interface QueuedImage {
  readonly image: ImageInfo;
  readonly proposal: ProposalInfo;
}

export const useReviewQueue = defineStore('review-queue', () => {
  const project = useProject();
  const runSelection = useRunSelection();
  const notices = useNotices();
  const tasks = useTasks();
  const decisions = useProposalDecisions();

  const surestFirst = ref(false);
  const selectedId = ref<number>();
  /** 0..1; an image is sure enough from here on. */
  const confidence = ref(0.95);
  /** Accepted or rejected here, and not yet by the engine. */
  const settled = shallowRef<ReadonlySet<number>>(new Set());
  const making = ref(false);

  const unlabelled = computed(() => project.images.filter(({ labelled, missing }) => !labelled && !missing));
  const waiting = computed(() => unlabelled.value.filter(({ id }) => !project.proposals.has(id)));
  const queue = computed((): readonly QueuedImage[] => {
    const found = unlabelled.value.flatMap((image) => {
      const proposal = project.proposals.get(image.id);
      return proposal === undefined || settled.value.has(image.id) ? [] : [{ image, proposal }];
    });
    const sign = surestFirst.value ? 1 : -1;
    return found.sort((a, b) => sign * (a.proposal.uncertainty - b.proposal.uncertainty));
  });
  const selected = computed(() => queue.value.find(({ image }) => image.id === selectedId.value) ?? queue.value[0]);
  const sure = computed(() => queue.value.filter(({ proposal }) => 1 - proposal.uncertainty >= confidence.value));

  /** For all that has none, or for all anew. */
  async function propose(which: 'waiting' | 'all'): Promise<void> {
    const run = runSelection.predictingRun;
    const images = (which === 'all' ? unlabelled.value : waiting.value).map(({ id }) => id);
    if (run === undefined || images.length === 0 || making.value) return;
    making.value = true;
    await notices.attempt(async () => {
      const title = translate('review.queue.proposing', { count: images.length });
      const { failed, compute } = await tasks.run(title, (work) =>
        engine.request('proposals.make', { project: project.name(), images, run: run.id }, work),
      );
      if (compute.fallback !== undefined) notices.say(textOfFallback(compute.fallback));
      const [first] = failed;
      if (first === undefined) return;
      const { text: reason, detail } = reasonOf(first);
      const values = { count: failed.length, path: first.path, reason };
      notices.warn({ text: translate('review.queue.failed', values), detail });
    });
    making.value = false;
  }

  /** They are out of the queue, and the next one is selected. */
  function leave(ids: readonly number[]): void {
    const left = new Set(ids);
    const at = queue.value.findIndex(({ image }) => image.id === selected.value?.image.id);
    const rest = [...queue.value.slice(at), ...queue.value.slice(0, at).reverse()];
    selectedId.value = rest.find(({ image }) => !left.has(image.id))?.image.id;
    settled.value = new Set([...settled.value, ...ids]);
  }

  function takeBack(ids: readonly number[]): void {
    settled.value = new Set([...settled.value].filter((id) => !ids.includes(id)));
    selectedId.value = ids[0];
  }

  const accept = (ids: readonly number[]): Promise<void> => settle(ids, decisions.accept);
  const reject = (ids: readonly number[]): Promise<void> => settle(ids, decisions.reject);

  async function settle(ids: readonly number[], decide: typeof decisions.accept): Promise<void> {
    if (ids.length === 0) return;
    leave(ids);
    try {
      await decide(ids, { onBack: takeBack });
    } catch (error) {
      takeBack(ids);
      notices.report(error);
    }
  }

  /** A skipped image stays where it is. */
  function move(step: 1 | -1): void {
    const at = queue.value.findIndex(({ image }) => image.id === selected.value?.image.id);
    const next = queue.value[at + step];
    if (next !== undefined) selectedId.value = next.image.id;
  }

  watch(
    () => [project.folder, project.generation],
    () => (settled.value = new Set()),
  );
  // The engine's list is newer than what was settled here.
  watch(
    () => project.proposals,
    (proposals) => (settled.value = new Set([...settled.value].filter((id) => proposals.has(id)))),
  );

  return {
    surestFirst,
    selectedId,
    confidence,
    making,
    unlabelled,
    waiting,
    queue,
    selected,
    sure,
    propose,
    accept,
    reject,
    move,
  };
});
