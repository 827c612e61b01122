/**
 * The export that is being chosen, is running, or has ended. Not the requests (run-export.ts). Convention: one at a time;
 * what was stopped is continued when it is started again, and files that no export wrote are not replaced unasked.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { Progress } from '../../../engine/contract/progress.ts';
import { isAborted } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { useProject } from '../project/project.ts';
import { useNotices } from '../shell/notices.ts';
import { useTasks } from '../shell/tasks.ts';
import { nameOf } from '../train/run-names.ts';
import { useRunSelection } from '../train/run-selection.ts';
import { checkedChoice, defaultChoice, defaultOutput, imagesIn, scopesOf } from './export-choice.ts';
import type { ExportChoice, ExportOutcome } from './export-choice.ts';
import { runExport } from './run-export.ts';

export const useExporting = defineStore('exporting', () => {
  const project = useProject();
  const runSelection = useRunSelection();
  const tasks = useTasks();
  const notices = useNotices();

  /** Undefined: it is closed. Without images: all of them. */
  const dialog = shallowRef<{ readonly images: readonly number[] | undefined }>();
  const choice = shallowRef<ExportChoice>(defaultChoice);
  const typedOutput = ref<string>();
  const busy = ref(false);
  const progress = shallowRef<Progress>();
  const outcome = shallowRef<ExportOutcome>();
  const error = shallowRef<unknown>();
  const stopped = ref(false);
  let abort = new AbortController();

  const images = computed(() => imagesIn(project.images, choice.value, dialog.value?.images));
  const scopes = computed(() => scopesOf(choice.value.source, dialog.value?.images !== undefined));
  const run = computed(() => runSelection.predictingRun);
  const output = computed(() => {
    if (typedOutput.value !== undefined) return typedOutput.value;
    return project.folder === undefined
      ? ''
      : defaultOutput(project.folder, choice.value, run.value && nameOf(run.value));
  });
  const canExport = computed(() => {
    const { source } = choice.value;
    const hasNetwork = source === 'labels' || run.value?.bestFile !== undefined;
    return hasNetwork && output.value.trim() !== '' && (source === 'network' || images.value.length > 0);
  });

  function open(imageIds?: readonly number[]): void {
    if (!busy.value) {
      const stored = checkedChoice(project.recall('export'));
      choice.value = { ...stored, ...(imageIds !== undefined && { scope: 'chosen' as const }) };
      forgetResult();
      typedOutput.value = undefined;
    }
    dialog.value = { images: imageIds };
  }

  /** An export that is running goes on; it is in the list of tasks. */
  function close(): void {
    dialog.value = undefined;
  }

  function set(changed: Partial<ExportChoice>): void {
    const next = { ...choice.value, ...changed };
    const scope = scopesOf(next.source, dialog.value?.images !== undefined).includes(next.scope) ? next.scope : 'all';
    choice.value = { ...next, scope };
    forgetResult();
    // Another kind of file has another default path.
    if (changed.source !== undefined || changed.format !== undefined || changed.network !== undefined) {
      typedOutput.value = undefined;
    }
    const { overwrite: _, ...kept } = choice.value;
    project.remember({ export: kept });
  }

  function setOutput(path: string): void {
    typedOutput.value = path;
    forgetResult();
  }

  function forgetResult(): void {
    outcome.value = undefined;
    error.value = undefined;
    stopped.value = false;
  }

  async function start(): Promise<void> {
    if (busy.value || !canExport.value) return;
    busy.value = true;
    forgetResult();
    abort = new AbortController();
    const job = {
      project: project.name(),
      choice: choice.value,
      images: images.value,
      output: output.value.trim(),
      run: run.value,
      proposals: project.proposals,
    };
    const onProgress = (now: Progress): void => {
      progress.value = now;
    };
    try {
      outcome.value = await tasks.run(translate('exporting.task'), (work) => runExport(job, work), {
        signal: abort.signal,
        onProgress,
      });
    } catch (reason) {
      if (isAborted(reason)) stopped.value = true;
      else error.value = reason;
    }
    busy.value = false;
    progress.value = undefined;
    if (dialog.value === undefined) notify();
  }

  /** For a person who has closed the dialog meanwhile. */
  function notify(): void {
    if (error.value !== undefined) notices.report(error.value);
    if (outcome.value === undefined) return;
    const { written: count, output: path, failed, kept } = outcome.value;
    const key = failed.length + kept.length > 0 ? 'exporting.endedPartly' : 'exporting.ended';
    notices.say(translate(key, { count, path }), { title: translate('exporting.details'), run: showResult });
  }

  function showResult(): void {
    dialog.value = { images: undefined };
  }

  function cancel(): void {
    abort.abort();
  }

  return {
    dialog,
    choice,
    images,
    scopes,
    run,
    output,
    busy,
    progress,
    outcome,
    error,
    stopped,
    canExport,
    open,
    close,
    set,
    setOutput,
    start,
    cancel,
  };
});
