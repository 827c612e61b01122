/**
 * What the editor that is shown tells others: panels a snapshot once a frame, the next image its tool and settings, and
 * the project what comes back after a restart. Convention: the editor is right, and what is read here is a copy.
 */
import { shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import type { EditorState } from '../../canvas/editor.ts';
import type { OpenImage } from '../canvas/open-image.ts';
import { useProject } from '../project/project.ts';
import { checkedState, storedState } from './editor-memory.ts';
import { snapshotOf } from './editor-snapshot.ts';
import type { EditorSnapshot } from './editor-snapshot.ts';

/** Milliseconds from a change until it is remembered. */
const rememberDelay = 500;

export function useEditorState(shown: Readonly<ShallowRef<OpenImage | undefined>>) {
  const project = useProject();
  const snapshot = shallowRef<EditorSnapshot>();
  /** Set by a person for images to come as well: tool, brush, view. */
  let carried: Partial<EditorState> = {};
  let frame = 0;
  let remembering: ReturnType<typeof setTimeout> | undefined;

  function update(): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const current = shown.value?.editor;
      if (current === undefined) return;
      carried = { ...current.state, viewport: undefined, window: undefined };
      snapshot.value = snapshotOf(current);
    });
  }

  function rememberSoon(): void {
    clearTimeout(remembering);
    remembering = setTimeout(() => {
      const current = shown.value;
      if (current !== undefined) project.remember({ annotate: storedState(current.editor, current.id) });
    }, rememberDelay);
  }

  watch(
    shown,
    (now, before) => {
      if (now === undefined) snapshot.value = undefined;
      else {
        if (before !== undefined && before !== now) {
          const { tool, settings, display } = before.editor;
          now.editor.tool = tool;
          now.editor.change(settings);
          now.editor.show(display);
        }
        update();
      }
    },
    { flush: 'sync' },
  );
  watch(
    () => project.folder,
    (folder) => {
      if (folder !== undefined) carried = checkedState(project.recall('annotate'), project.currentId);
    },
    { flush: 'sync', immediate: true },
  );

  return {
    snapshot,
    carried: () => carried,
    onChange: () => {
      update();
      rememberSoon();
    },
  };
}
