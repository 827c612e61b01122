/**
 * Opening folders: a project as it is, a folder of images alone at once, one with masks after a preview of the import.
 * Convention: one at a time; the open project stays open until the next one is.
 */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { LongWork, Progress } from '../../../engine/contract/progress.ts';
import { engine } from '../../engine.ts';
import { isAborted } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { systemDialogs } from '../../transport/system-dialogs.ts';
import { folderName } from '../shell/folder-names.ts';
import { useImporting } from './importing.ts';
import { useNotices } from '../shell/notices.ts';
import { usePreferences } from '../shell/preferences.ts';
import { useProject } from './project.ts';

interface Opening {
  readonly title: string;
  readonly progress?: Progress;
  readonly cancel: () => void;
}

export const useOpening = defineStore('opening', () => {
  const project = useProject();
  const notices = useNotices();
  const importing = useImporting();
  const busy = shallowRef<Opening>();

  /** When the window opens: what its address names, else what was open the last time. */
  async function begin(): Promise<void> {
    const address = new URL(location.href);
    const named = address.searchParams.get('open');
    const last = usePreferences().values.lastProject ?? undefined;
    if (named !== null) {
      // A reload of the page opens the last project.
      address.searchParams.delete('open');
      history.replaceState(null, '', address);
    }
    const folder = named ?? last;
    if (folder === undefined || folder === '') return;
    if (!(await openFolder(folder)) && named === null) usePreferences().leave();
  }

  /** False: it could not be opened, and a notice says so. */
  function openFolder(folder: string): Promise<boolean> {
    return runAlone(translate('start.opening', { name: folderName(folder) }), async (work) => {
      const found = await engine.request('folder.inspect', { folder }, work);
      if (found.isProject) await project.open(found.folder);
      else if (found.images > 0 && found.masks === 0 && found.annotations === 0) await importAtOnce(found.folder, work);
      else importing.open({ folder: found.folder, opens: true });
    });
  }

  async function importAtOnce(folder: string, work: LongWork): Promise<void> {
    const report = await engine.request('dataset.import', { folder }, work).catch((error: unknown) => {
      if (isAborted(error)) notices.say(translate('start.stopped'));
      throw error;
    });
    if (report.images.added === 0) {
      importing.showReport(report);
      return;
    }
    await project.open(report.project);
    if (report.skipped.length === 0) return;
    const count = report.skipped.length;
    notices.say(translate('start.leftOut', { name: folderName(folder), count }), {
      title: translate('start.show'),
      run: () => importing.showReport(report),
    });
  }

  async function openSample(): Promise<void> {
    const isOpen = await runAlone(translate('start.sampleTask'), async (work) => {
      const { folder } = await engine.request('sample.create', {}, work);
      await engine.request('dataset.import', { folder }, work);
      await project.open(folder);
    });
    if (isOpen) project.go('annotate');
  }

  async function chooseFolder(): Promise<void> {
    const folder = await systemDialogs.chooseFolder(translate('start.chooser.images'));
    if (folder !== undefined) await openFolder(folder);
  }

  async function runAlone(title: string, open: (work: LongWork) => Promise<void>): Promise<boolean> {
    if (busy.value !== undefined) return false;
    const abort = new AbortController();
    const cancel = (): void => abort.abort();
    busy.value = { title, cancel };
    const onProgress = (progress: Progress): void => {
      busy.value = { title, progress, cancel };
    };
    try {
      await open({ signal: abort.signal, onProgress });
      return true;
    } catch (error) {
      notices.report(error);
      return false;
    } finally {
      busy.value = undefined;
    }
  }

  return { busy, begin, openFolder, openSample, chooseFolder };
});
