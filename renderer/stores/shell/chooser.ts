/**
 * The chooser of folders and files for a window that has no dialog of the system: which folder it shows, and what is in
 * it. Convention: the engine lists; the caller waits for a path, or for undefined when nothing was chosen.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { ResultOf } from '../../../engine/contract/requests.ts';
import { engine } from '../../engine.ts';
import { usePreferences } from './preferences.ts';

export type Choice =
  | { readonly kind: 'folder'; readonly title: string }
  | { readonly kind: 'file'; readonly title: string; readonly endings: readonly string[] }
  | { readonly kind: 'save'; readonly title: string; readonly name: string };

export interface ChooserEntry {
  readonly name: string;
  readonly path: string;
  readonly kind: 'folder' | 'project' | 'file';
}

export const useChooser = defineStore('chooser', () => {
  const choice = shallowRef<Choice>();
  const listing = shallowRef<ResultOf<'folders.list'>>();
  const error = shallowRef<unknown>();
  let answer: ((path: string | undefined) => void) | undefined;
  let last: string | undefined;
  let lastRequest = 0;

  const entries = computed((): readonly ChooserEntry[] => [
    ...(listing.value?.folders ?? []).map(({ name, path, isProject }): ChooserEntry => ({
      name,
      path,
      kind: isProject ? 'project' : 'folder',
    })),
    ...(listing.value?.files ?? []).map(({ name, path }): ChooserEntry => ({ name, path, kind: 'file' })),
  ]);

  function choose(wanted: Choice): Promise<string | undefined> {
    answer?.(undefined);
    choice.value = wanted;
    listing.value = undefined;
    void begin();
    return new Promise((settle) => {
      answer = settle;
    });
  }

  /** In the last folder; else beside the latest project; else at home. */
  async function begin(): Promise<void> {
    const recent = usePreferences().values.recent?.[0]?.folder;
    for (const folder of [last, recent === undefined ? undefined : parentOf(recent)]) {
      if (folder !== undefined && (await go(folder))) return;
    }
    await go(undefined);
  }

  /** False: it cannot be listed, and the folder that is shown stays. */
  async function go(folder: string | undefined): Promise<boolean> {
    const request = ++lastRequest;
    const endings = choice.value?.kind === 'file' ? [...choice.value.endings] : [];
    try {
      const listed = await engine.request('folders.list', { ...(folder !== undefined && { folder }), endings });
      if (request !== lastRequest) return true;
      listing.value = listed;
      last = listed.folder;
      error.value = undefined;
      return true;
    } catch (reason) {
      // Another folder was asked for meanwhile.
      if (request !== lastRequest) return true;
      error.value = reason;
      return false;
    }
  }

  function settle(path: string | undefined): void {
    lastRequest++;
    answer?.(path);
    answer = undefined;
    choice.value = undefined;
    error.value = undefined;
  }

  return { choice, listing, error, entries, choose, go, settle };
});

/** Undefined for a root. */
function parentOf(folder: string): string | undefined {
  const at = Math.max(folder.lastIndexOf('/'), folder.lastIndexOf('\\'));
  return at <= 0 ? undefined : folder.slice(0, at);
}
