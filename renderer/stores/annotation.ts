/**
 * The image that is being painted, as the window sees it.
 */
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import type { SaveState } from '../canvas/history.ts';

export const useAnnotation = defineStore('annotation', () => {
  const saveState = shallowRef<SaveState>({ kind: 'saved' });

  function retry(): void {}
  return { saveState, retry };
});
