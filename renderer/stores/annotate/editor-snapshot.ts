/**
 * What panels and the status bar show of the editor: a copy of its plain records, made once a frame.
 */
import type { Editor, EditorState } from '../../canvas/editor.ts';
import { unlabelled } from '../../canvas/label-image.ts';

/** What panels show of the editor. */
export interface EditorSnapshot extends EditorState {
  readonly scale: number;
  readonly pointer:
    { readonly x: number; readonly y: number; readonly label: number; readonly values: readonly number[] } | undefined;
  readonly busy: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

export function snapshotOf(editor: Editor): EditorSnapshot {
  const { history, labels, image, viewport, pointers } = editor;
  const pointer = pointers.position;
  const x = Math.floor(pointer?.x ?? -1);
  const y = Math.floor(pointer?.y ?? -1);
  const inside = x >= 0 && y >= 0 && x < labels.width && y < labels.height;
  const at = y * labels.width + x;
  return {
    ...editor.state,
    window: editor.window,
    scale: viewport.scale,
    busy: editor.busy,
    canUndo: history.canUndo,
    canRedo: history.canRedo,
    pointer: inside
      ? {
          x,
          y,
          label: labels.pixels[at] ?? unlabelled,
          values: [...image.data.subarray(at * image.channels, (at + 1) * image.channels)],
        }
      : undefined,
  };
}
