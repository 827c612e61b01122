/**
 * Whether all that was painted is on the disk, in images that were left too, and what is done when it is not. Not the
 * order in which strokes are sent (canvas/history.ts).
 */
import { shallowRef, watch } from 'vue';
import type { SaveState } from '../../canvas/history.ts';
import type { OpenImages } from '../canvas/open-images.ts';
import { useProject } from '../project/project.ts';

export function useStrokeSaving(opened: OpenImages, release: () => void) {
  const project = useProject();
  const saveState = shallowRef<SaveState>({ kind: 'saved' });

  function update(): void {
    const state = opened.saveState;
    if (state.kind !== 'saved' || saveState.value.kind !== 'saved') saveState.value = state;
  }

  /** After a failure, all that is not yet on the disk is sent again. */
  async function retry(): Promise<void> {
    await opened.retry();
    update();
  }

  project.beforeClose(async () => {
    release();
    await opened.settle();
  });
  // Whoever closes the window in the very moment of a stroke is asked to wait.
  window.addEventListener('beforeunload', (event) => {
    if (saveState.value.kind !== 'saved') event.preventDefault();
  });
  watch(
    () => project.generation,
    () => void retry(),
  );

  return { saveState, update, retry };
}
