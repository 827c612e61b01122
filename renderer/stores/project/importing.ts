/**
 * Importing with a preview: what lies in a folder and what would become of it, then the import itself. Convention: every
 * change of the options makes a new preview, which changes nothing on the disk; only `start` and `rescan` do.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ImportReport } from '../../../engine/contract/dataset.ts';
import type { LongWork, Progress } from '../../../engine/contract/progress.ts';
import { forgetThumbnails } from '../../composables/use-thumbnails.ts';
import { engine } from '../../engine.ts';
import { isAborted } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { folderName } from '../shell/folder-names.ts';
import { useNotices } from '../shell/notices.ts';
import { useTasks } from '../shell/tasks.ts';
import { hasRemarks, importArguments, importedCounts, importSummary } from './import-options.ts';
import type { ImportArguments, ImportOptions, LabelSource } from './import-options.ts';
import { useProject } from './project.ts';

interface ImportDialog {
  readonly folder: string;
  /** The project is opened afterwards; else it is open. */
  readonly opens: boolean;
}

export type ImportStage = 'waiting' | 'checking' | 'ready' | 'importing' | 'failed' | 'done';

export const useImporting = defineStore('importing', () => {
  const project = useProject();
  const notices = useNotices();
  const tasks = useTasks();

  /** Undefined: it is closed. */
  const dialog = shallowRef<ImportDialog>();
  const stage = ref<ImportStage>('checking');
  const source = ref<LabelSource>('folder');
  /** Of the masks or annotations, once chosen. */
  const path = ref<string>();
  const options = shallowRef<ImportOptions>({});
  const report = shallowRef<ImportReport>();
  const progress = shallowRef<Progress>();
  const error = shallowRef<unknown>();
  let abort: AbortController | undefined;

  const counts = computed(() => (report.value === undefined ? { images: 0, labels: 0 } : importedCounts(report.value)));

  function open(wanted: ImportDialog): void {
    dialog.value = wanted;
    options.value = {};
    report.value = undefined;
    void choose('folder');
  }

  /** Without a path, one is still to be chosen for masks and annotations. */
  async function choose(from: LabelSource, chosen?: string): Promise<void> {
    source.value = from;
    path.value = chosen;
    if (from === 'folder' || chosen !== undefined) return preview();
    abort?.abort();
    report.value = undefined;
    stage.value = 'waiting';
  }

  function set(changed: ImportOptions): void {
    options.value = { ...options.value, ...changed };
    void preview();
  }

  function argumentsFor(folder: string): ImportArguments {
    return importArguments(folder, source.value, path.value, options.value);
  }

  function begin(next: 'checking' | 'importing'): AbortSignal {
    abort?.abort();
    abort = new AbortController();
    stage.value = next;
    progress.value = undefined;
    error.value = undefined;
    return abort.signal;
  }

  async function preview(): Promise<void> {
    if (dialog.value === undefined) return;
    const args = { ...argumentsFor(dialog.value.folder), dryRun: true };
    const signal = begin('checking');
    try {
      const found = await engine.request('dataset.import', args, { signal, onProgress });
      if (signal.aborted) return;
      report.value = found;
      stage.value = 'ready';
    } catch (reason) {
      if (signal.aborted) return;
      report.value = undefined;
      error.value = reason;
      stage.value = 'failed';
    }
  }

  function onProgress(now: Progress): void {
    progress.value = now;
  }

  /** Goes on when its dialog is closed: the bar shows it, with its own cancel. */
  async function start(): Promise<void> {
    const wanted = dialog.value;
    if (wanted === undefined) return;
    const args = argumentsFor(wanted.folder);
    const signal = begin('importing');
    try {
      const done = await run(args, { signal, onProgress });
      if (wanted.opens) await project.open(done.project);
      if (dialog.value === wanted) close();
    } catch (reason) {
      if (isAborted(reason)) notices.say(translate('start.stopped'));
      else notices.report(reason);
      if (dialog.value === wanted) await preview();
    }
  }

  /** New images of the project's folder, and masks beside them. */
  async function rescan(): Promise<void> {
    await notices.attempt(() => run({ folder: project.name() }));
  }

  async function run(args: ImportArguments, own?: LongWork): Promise<ImportReport> {
    const title = translate('start.import.task', { name: folderName(args.folder) });
    const done = await tasks.run(title, (work) => engine.request('dataset.import', args, work), own);
    if (done.changes.updated.length > 0) forgetThumbnails();
    if (project.folder === done.project) await project.refresh();
    const action = { title: translate('start.show'), run: () => showReport(done) };
    notices.say(importSummary(done), hasRemarks(done) ? action : undefined);
    return done;
  }

  /** What an import did. */
  function showReport(done: ImportReport): void {
    dialog.value = { folder: done.project, opens: false };
    report.value = done;
    stage.value = 'done';
  }

  function cancel(): void {
    abort?.abort();
  }

  function close(): void {
    if (stage.value !== 'importing') cancel();
    dialog.value = undefined;
  }

  return {
    dialog,
    stage,
    source,
    path,
    options,
    report,
    progress,
    error,
    counts,
    open,
    choose,
    set,
    preview,
    start,
    rescan,
    showReport,
    cancel,
    close,
  };
});
