/**
 * The open project: opened, closed, opened again after a break; which view and image are shown. What is in it is in
 * `project-contents.ts`. Convention: what is remembered of the view is plain values; whoever reads one checks its form.
 */
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import { MambrushError } from '../../../engine/contract/error.ts';
import type { StoredValues } from '../../../engine/contract/preferences.ts';
import { engine } from '../../engine.ts';
import { textOfError } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { folderName } from '../shell/folder-names.ts';
import { useNotices } from '../shell/notices.ts';
import { usePreferences } from '../shell/preferences.ts';
import { createProjectContents } from './project-contents.ts';

export type View = 'annotate' | 'gallery' | 'train' | 'review';

export const useProject = defineStore('project', () => {
  const { load, clear, ...contents } = createProjectContents();
  const { folder, images, byId, classes, removedClasses, setClasses } = contents;
  const currentId = ref<number>();
  const view = ref<View>('annotate');
  const current = computed(() => (currentId.value === undefined ? undefined : byId.value.get(currentId.value)));
  /** For the next time that it is opened. */
  let remembered: StoredValues = {};

  watch(
    images,
    () => {
      if (currentId.value !== undefined && !byId.value.has(currentId.value)) currentId.value = images.value[0]?.id;
    },
    { flush: 'sync' },
  );

  /** Everything about it, or nothing changes. @throws MambrushError */
  async function open(path: string, create = false): Promise<void> {
    const opened = await engine.request('project.open', { folder: path, create });
    const { values } = await engine.request('view.read', { project: opened.project });
    const before = folder.value;
    if (before !== undefined && before !== opened.project) await release(before);
    remembered = values;
    await load(opened);
    showRemembered();
    usePreferences().remember(opened.project);
    // Somebody who opens images wants to paint: one class is there from the start.
    if (classes.value.length === 0 && removedClasses.value.length === 0) {
      const name = translate('annotate.classes.first');
      setClasses(await engine.request('classes.add', { project: opened.project, name }));
    }
  }

  function showRemembered(): void {
    const { view: shown, image } = remembered;
    view.value = shown === 'gallery' || shown === 'train' || shown === 'review' ? shown : 'annotate';
    currentId.value = typeof image === 'number' && byId.value.has(image) ? image : images.value[0]?.id;
  }

  /** What has to be on the disk before a project is closed; one that throws keeps it open. */
  const finishers = new Set<() => Promise<void>>();

  async function release(project: string): Promise<void> {
    for (const finish of finishers) await finish();
    await engine.request('project.close', { project, trainingGoesOn: true });
  }

  /** @throws MambrushError when something could not be saved: then it stays open */
  async function close(): Promise<void> {
    if (folder.value !== undefined) await release(folder.value);
    clear();
    currentId.value = undefined;
    usePreferences().leave();
  }

  /** Its folder. @throws Error when no project is open */
  function name(): string {
    if (folder.value === undefined) throw new Error('no project is open');
    return folder.value;
  }

  function select(id: number): void {
    currentId.value = id;
    remember({ image: id });
  }

  function go(to: View): void {
    view.value = to;
    remember({ view: to });
  }

  function recall(key: string): unknown {
    return remembered[key];
  }

  /** What cannot be written is no loss of work. */
  function remember(values: StoredValues): void {
    if (folder.value === undefined) return;
    remembered = { ...remembered, ...values };
    void engine.request('view.write', { project: folder.value, values }).catch(() => undefined);
  }

  engine.watch((state) => {
    if (state.kind === 'open' && folder.value !== undefined) void reopen(folder.value);
  });

  /** After a break: an engine that was started anew has nothing open, and others may have closed what we were away from. */
  async function reopen(path: string): Promise<void> {
    try {
      await load(await engine.request('project.open', { folder: path }));
    } catch (error) {
      // Another attempt is on its way then.
      const isRestarted = error instanceof MambrushError && error.code === 'engine-restarted';
      if (folder.value !== path || isRestarted) return;
      const { text: reason, detail } = textOfError(error);
      const title = translate('shell.project.openAgain');
      const text = translate('shell.project.gone', { name: folderName(path), reason });
      useNotices().warn({ text, detail }, { title, run: () => void reopen(path) });
    }
  }

  return {
    ...contents,
    currentId,
    current,
    view,
    open,
    close,
    beforeClose: (finish: () => Promise<void>) => finishers.add(finish),
    name,
    select,
    go,
    remember,
    recall,
  };
});
