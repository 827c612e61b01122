/**
 * Importing with a preview: what lies in a folder and what would become of it, then the import itself. Convention: every
 * change of what is asked for looks anew, which changes nothing on the disk; only `take` does.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef } from 'vue';
import type { ImportReport } from '../../../engine/contract/dataset.ts';
import type { ArgumentsOf } from '../../../engine/contract/requests.ts';
import type { Progress } from '../../../engine/contract/progress.ts';
import { forgetThumbnails } from '../../composables/use-thumbnails.ts';
import { engine } from '../../engine.ts';
import { isAborted } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { folderName } from '../shell/folder-names.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from './project.ts';
import { useTasks } from '../shell/tasks.ts';

type Arguments = ArgumentsOf<'dataset.import'>;

/** Where the labels are: beside the images, in a folder of masks, or in COCO or labelme files. */
export type LabelSource = 'folder' | 'masks' | 'annotations';

export type ImportOptions = Pick<Arguments, 'interpretation' | 'invert' | 'emptyImages'>;

interface Asked {
  readonly folder: string;
  /** The project is opened afterwards; else it is open. */
  readonly opens: boolean;
}

export type ImportStage = 'waiting' | 'looking' | 'ready' | 'importing' | 'failed' | 'done';

export const useImporting = defineStore('importing', () => {
  const project = useProject();
  const notices = useNotices();
  const tasks = useTasks();

  const asked = shallowRef<Asked>();
  const stage = ref<ImportStage>('looking');
  const source = ref<LabelSource>('folder');
  /** Of the masks or annotations, once chosen. */
  const path = ref<string>();
  const options = shallowRef<ImportOptions>({});
  const report = shallowRef<ImportReport>();
  const progress = shallowRef<Progress>();
  const trouble = shallowRef<unknown>();
  let abort: AbortController | undefined;

  const gives = computed(() => {
    const found = report.value;
    if (found === undefined) return { images: 0, labels: 0 };
    const { added, updated, moved } = found.images;
    const labels = found.annotations === null ? found.masks.imported : found.annotations.imported;
    return { images: added + updated + moved, labels };
  });

  function begin(wanted: Asked, from: LabelSource = 'folder'): void {
    asked.value = wanted;
    options.value = {};
    report.value = undefined;
    void choose(from);
  }

  /** Without a path, one is still to be chosen for the last two. */
  async function choose(from: LabelSource, chosen?: string): Promise<void> {
    source.value = from;
    path.value = chosen;
    if (from === 'folder' || chosen !== undefined) return look();
    abort?.abort();
    report.value = undefined;
    stage.value = 'waiting';
  }

  function set(changed: ImportOptions): void {
    options.value = { ...options.value, ...changed };
    void look();
  }

  function argumentsOf({ folder }: Asked): Arguments {
    const { interpretation, invert, emptyImages } = options.value;
    return {
      folder,
      ...(source.value === 'masks' && { masks: path.value }),
      ...(source.value === 'annotations' && { annotations: path.value }),
      ...(interpretation !== undefined && interpretation !== 'auto' && { interpretation }),
      ...(invert === true && { invert }),
      ...(emptyImages !== undefined && { emptyImages }),
    };
  }

  async function look(): Promise<void> {
    const wanted = asked.value;
    if (wanted === undefined) return;
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    stage.value = 'looking';
    progress.value = undefined;
    trouble.value = undefined;
    try {
      const found = await engine.request(
        'dataset.import',
        { ...argumentsOf(wanted), dryRun: true },
        { signal: mine.signal, onProgress: (told) => (progress.value = told) },
      );
      if (mine.signal.aborted) return;
      report.value = found;
      stage.value = 'ready';
    } catch (error) {
      if (mine.signal.aborted) return;
      report.value = undefined;
      trouble.value = error;
      stage.value = 'failed';
    }
  }

  /** Goes on when its dialog is closed: the bar shows it, with its own cancel. */
  async function take(): Promise<void> {
    const wanted = asked.value;
    if (wanted === undefined) return;
    const mine = new AbortController();
    abort = mine;
    stage.value = 'importing';
    progress.value = undefined;
    try {
      const done = await run(argumentsOf(wanted), mine.signal);
      if (wanted.opens) await project.open(done.project);
      if (asked.value === wanted) close();
    } catch (error) {
      if (isAborted(error)) notices.say(translate('start.stopped'));
      else notices.report(error);
      if (asked.value === wanted) await look();
    }
  }

  async function run(args: Arguments, signal?: AbortSignal): Promise<ImportReport> {
    const title = translate('start.import.task', { name: folderName(args.folder) });
    const done = await tasks.run(title, (work) =>
      engine.request('dataset.import', args, {
        signal: AbortSignal.any([work.signal, signal].filter((one) => one !== undefined)),
        onProgress: (told) => {
          progress.value = told;
          work.onProgress?.(told);
        },
      }),
    );
    if (done.changes.updated.length > 0) forgetThumbnails();
    if (project.folder === done.project) await project.refresh();
    tell(done);
    return done;
  }

  function tell(done: ImportReport): void {
    const { added, updated, moved } = done.images;
    const labelled = done.masks.imported + (done.annotations?.imported ?? 0);
    const changed = added + updated + moved + labelled > 0;
    const gone = done.changes.missing.length;
    const text = [
      changed ? translate('start.import.done', { added, labelled }) : translate('start.import.doneNothing'),
      ...(gone > 0 ? [translate('start.import.gone', { count: gone })] : []),
    ].join(' ');
    const isWorthALook = done.skipped.length + done.changes.missing.length + done.unmatchedMasks.length > 0;
    if (isWorthALook) notices.say(text, { title: translate('start.show'), run: () => show(done) });
    else notices.say(text);
  }

  /** New images of the project's folder, and masks beside them. */
  async function lookForNew(): Promise<void> {
    await notices.attempt(() => run({ folder: project.name() }));
  }

  /** What an import did. */
  function show(done: ImportReport): void {
    asked.value = { folder: done.project, opens: false };
    report.value = done;
    stage.value = 'done';
  }

  function cancel(): void {
    abort?.abort();
  }

  function close(): void {
    if (stage.value !== 'importing') cancel();
    asked.value = undefined;
  }

  return {
    asked,
    stage,
    source,
    path,
    options,
    report,
    progress,
    trouble,
    gives,
    begin,
    choose,
    set,
    look,
    take,
    lookForNew,
    show,
    cancel,
    close,
  };
});
