/**
 * Which runs a person has chosen: the one that is shown, those whose curves are laid over its own, and the one that
 * predicts. Convention: what was not chosen is the run that trains, or the latest.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useRuns } from './runs.ts';

export const useRunSelection = defineStore('run-selection', () => {
  const project = useProject();
  const notices = useNotices();
  const all = useRuns();

  const shownId = ref<number>();
  const compared = shallowRef<ReadonlySet<number>>(new Set());
  const predictingId = ref<number>();

  const shown = computed(() => all.runs.find(({ id }) => id === shownId.value) ?? all.active ?? all.runs.at(-1));
  const shownEpochs = computed(() => (shown.value === undefined ? [] : (all.epochs.get(shown.value.id) ?? [])));
  /** Whose best network predicts: the one that was chosen, else the latest that has one. */
  const predictingRun = computed(() => {
    const able = all.runs.filter(({ bestFile }) => bestFile !== undefined);
    return able.find(({ id }) => id === predictingId.value) ?? able.at(-1);
  });

  function show(run: number): void {
    shownId.value = run;
    requireEpochs(run);
  }

  function compare(run: number, isCompared: boolean): void {
    const next = new Set(compared.value);
    if (isCompared) next.add(run);
    else next.delete(run);
    compared.value = next;
    if (isCompared) requireEpochs(run);
  }

  function requireEpochs(run: number): void {
    if (!all.epochs.has(run)) void notices.attempt(() => all.loadEpochs(run));
  }

  function predictWith(run: number): void {
    predictingId.value = run;
    project.remember({ predictingRun: run });
  }

  watch(
    () => shown.value?.id,
    (id) => {
      if (id === undefined || id === shownId.value || all.epochs.has(id)) return;
      void all.loadEpochs(id).catch(() => undefined);
    },
  );
  watch(
    () => project.folder,
    (folder) => {
      shownId.value = undefined;
      compared.value = new Set();
      const chosen = folder === undefined ? undefined : project.recall('predictingRun');
      predictingId.value = typeof chosen === 'number' ? chosen : undefined;
    },
    { flush: 'sync', immediate: true },
  );

  return { compared, shown, shownEpochs, predictingRun, show, compare, predictWith };
});
