/**
 * The export that is being chosen, is at work, or has ended. Not the files: those are the engine's. Convention: one at a
 * time; what was cut short goes on when it is started again, and nothing that is another's is replaced unasked.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { LongWork, Progress } from '../../../engine/contract/progress.ts';
import { engine } from '../../engine.ts';
import { isAborted } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import {
  checkedChoice,
  comesFromProposals,
  exportArguments,
  imagesIn,
  outcomeOfExport,
  outcomeOfPrediction,
  predictArguments,
  scopesOf,
  usualChoice,
  withoutProposal,
} from './export-choice.ts';
import type { ExportChoice, ExportOutcome } from './export-choice.ts';
import { joinFolder } from '../shell/folder-names.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useTasks } from '../shell/tasks.ts';
import { nameOf } from '../train/run-names.ts';
import { useRunSelection } from '../train/run-selection.ts';

export const useExporting = defineStore('exporting', () => {
  const project = useProject();
  const runSelection = useRunSelection();
  const tasks = useTasks();
  const notices = useNotices();

  /** Without images: all of them. */
  const asked = shallowRef<{ readonly images: readonly number[] | undefined }>();
  const choice = shallowRef<ExportChoice>(usualChoice);
  /** As typed; undefined: the usual place. */
  const typedOutput = ref<string>();
  const busy = ref(false);
  const progress = shallowRef<Progress>();
  const outcome = shallowRef<ExportOutcome>();
  const trouble = shallowRef<unknown>();
  const stopped = ref(false);
  let abort = new AbortController();

  const images = computed(() => imagesIn(project.images, choice.value, asked.value?.images));
  const scopes = computed(() => scopesOf(choice.value.source, asked.value?.images !== undefined));
  const run = computed(() => runSelection.predictingRun);
  const usualOutput = computed(() => usualPlace());
  const output = computed(() => typedOutput.value ?? usualOutput.value);
  const canExport = computed(() => {
    const { source } = choice.value;
    const hasNetwork = source === 'labels' || run.value?.bestFile !== undefined;
    return hasNetwork && output.value.trim() !== '' && (source === 'network' || images.value.length > 0);
  });

  function usualPlace(): string {
    const { folder } = project;
    if (folder === undefined) return '';
    const { source, format, network } = choice.value;
    if (source !== 'network') {
      return joinFolder(folder, source === 'labels' ? `export-${format}` : `predictions-${format}`);
    }
    const name = run.value === undefined ? 'network' : nameOf(run.value).replaceAll(/[^\p{L}\p{N}._-]+/gu, '-');
    const ending = network.startsWith('onnx') ? 'onnx' : network;
    return joinFolder(folder, `${name}${network === 'onnx-portable' ? '-portable' : ''}.${ending}`);
  }

  function open(imageIds?: readonly number[]): void {
    if (!busy.value) {
      const stored = checkedChoice(project.recall('export'));
      choice.value = { ...stored, ...(imageIds !== undefined && { scope: 'chosen' as const }) };
      forgetResult();
      typedOutput.value = undefined;
    }
    asked.value = { images: imageIds };
  }

  /** What is at work goes on; it is in the list of tasks. */
  function close(): void {
    asked.value = undefined;
  }

  function set(changed: Partial<ExportChoice>): void {
    const next = { ...choice.value, ...changed };
    const scope = scopesOf(next.source, asked.value?.images !== undefined).includes(next.scope) ? next.scope : 'all';
    choice.value = { ...next, scope };
    forgetResult();
    // Another kind of file belongs to another place.
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
    trouble.value = undefined;
    stopped.value = false;
  }

  async function start(): Promise<void> {
    if (busy.value || !canExport.value) return;
    busy.value = true;
    forgetResult();
    abort = new AbortController();
    try {
      outcome.value = await tasks.run(translate('exporting.task'), (work) => perform(choice.value, watched(work)));
    } catch (error) {
      if (isAborted(error)) stopped.value = true;
      else trouble.value = error;
    }
    busy.value = false;
    progress.value = undefined;
    if (asked.value === undefined) tell();
  }

  /** To who has closed the dialog meanwhile. */
  function tell(): void {
    const result = outcome.value;
    if (trouble.value !== undefined) notices.report(trouble.value);
    if (result === undefined) return;
    const { written: count, output: path, failed, kept } = result;
    const key = failed.length + kept.length > 0 ? 'exporting.endedPartly' : 'exporting.ended';
    notices.say(translate(key, { count, path }), { title: translate('exporting.details'), run: showResult });
  }

  function showResult(): void {
    asked.value = { images: undefined };
  }

  function watched({ signal, onProgress }: LongWork): LongWork {
    return {
      signal: signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]),
      onProgress: (news) => {
        progress.value = news;
        onProgress?.(news);
      },
    };
  }

  async function perform(wanted: ExportChoice, work: LongWork): Promise<ExportOutcome> {
    const [name, place, chosen] = [project.name(), output.value.trim(), images.value];
    const network = run.value;
    if (wanted.source === 'labels') {
      return outcomeOfExport(
        await engine.request('dataset.export', exportArguments(name, wanted, chosen, place), work),
      );
    }
    const checkpoint = network?.bestFile;
    if (network === undefined || checkpoint === undefined) throw new Error(translate('exporting.noNetwork'));
    if (wanted.source === 'network') {
      const { network: format, overwrite } = wanted;
      const arguments_ = { checkpoint, output: place, format, overwrite };
      const made = await engine.request('checkpoint.convert', arguments_, work);
      return { ...nothing, output: made.output, written: 1 };
    }
    if (!comesFromProposals(wanted)) {
      const arguments_ = { ...predictArguments(name, wanted, chosen, place), checkpoint };
      return outcomeOfPrediction(await engine.request('predict.project', arguments_, work));
    }
    const missing = withoutProposal(chosen, project.proposals, network.id);
    const made =
      missing.length === 0
        ? undefined
        : await engine.request('proposals.make', { project: name, images: missing, run: network.id }, work);
    const report = await engine.request('dataset.export', exportArguments(name, wanted, chosen, place), work);
    const exported = outcomeOfExport(report);
    return { ...exported, failed: [...(made?.failed ?? []), ...exported.failed], compute: made?.compute };
  }

  function cancel(): void {
    abort.abort();
  }

  return {
    asked,
    choice,
    images,
    scopes,
    run,
    output,
    busy,
    progress,
    outcome,
    trouble,
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

const nothing = {
  written: 0,
  unchanged: 0,
  leftOut: 0,
  kept: [],
  failed: [],
  warnings: [],
  unlabelledAsBackground: [],
} as const;
