/**
 * Our own chooser of folders and files, for a window without the system's: where it stands, and what is there.
 * Convention: the engine lists; whoever asked waits for a path, or for undefined when nothing was chosen.
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
  const place = shallowRef<ResultOf<'folders.list'>>();
  const trouble = shallowRef<unknown>();
  let answer: ((path: string | undefined) => void) | undefined;
  let last: string | undefined;
  let asked = 0;

  const entries = computed((): readonly ChooserEntry[] => [
    ...(place.value?.folders ?? []).map(({ name, path, isProject }): ChooserEntry => ({
      name,
      path,
      kind: isProject ? 'project' : 'folder',
    })),
    ...(place.value?.files ?? []).map(({ name, path }): ChooserEntry => ({ name, path, kind: 'file' })),
  ]);

  function choose(wanted: Choice): Promise<string | undefined> {
    answer?.(undefined);
    choice.value = wanted;
    place.value = undefined;
    void begin();
    return new Promise((settle) => {
      answer = settle;
    });
  }

  /** Where one was before; else beside the latest project; else at home. */
  async function begin(): Promise<void> {
    const recent = usePreferences().values.recent?.[0]?.folder;
    for (const folder of [last, recent === undefined ? undefined : parentOf(recent)]) {
      if (folder !== undefined && (await go(folder))) return;
    }
    await go(undefined);
  }

  /** False: it cannot be listed, and we stay where we are. */
  async function go(folder: string | undefined): Promise<boolean> {
    const mine = ++asked;
    const endings = choice.value?.kind === 'file' ? [...choice.value.endings] : [];
    try {
      const listed = await engine.request('folders.list', { ...(folder !== undefined && { folder }), endings });
      if (mine !== asked) return true;
      place.value = listed;
      last = listed.folder;
      trouble.value = undefined;
      return true;
    } catch (error) {
      // Somebody went elsewhere meanwhile.
      if (mine !== asked) return true;
      trouble.value = error;
      return false;
    }
  }

  function settle(path: string | undefined): void {
    asked++;
    answer?.(path);
    answer = undefined;
    choice.value = undefined;
    trouble.value = undefined;
  }

  return { choice, place, trouble, entries, choose, go, settle };
});

/** Undefined for a root. */
function parentOf(folder: string): string | undefined {
  const at = Math.max(folder.lastIndexOf('/'), folder.lastIndexOf('\\'));
  return at <= 0 ? undefined : folder.slice(0, at);
}
