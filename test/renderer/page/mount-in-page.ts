/**
 * Runs in the browser: the whole canvas over the whole page, with a history that keeps nothing but counts entries and
 * can undo them. Not a test by itself. Convention: the host element is #canvas.
 */
import type { Gesture } from '../../../renderer/canvas/tool-context.ts';
import { Editor } from '../../../renderer/canvas/editor.ts';
import { History } from '../../../renderer/canvas/history.ts';
import { emptyImage } from '../../../renderer/canvas/image-pixels.ts';
import { LabelImage } from '../../../renderer/canvas/label-image.ts';
import { mountCanvas } from '../../../renderer/canvas/view/mount-canvas.ts';
import type { MountedCanvas } from '../../../renderer/canvas/view/mount-canvas.ts';
import type { MountOptions, PageFrame } from '../canvas/page-state.ts';

export interface MountedInPage {
  readonly editor: Editor;
  readonly canvas: MountedCanvas;
  readonly frames: readonly PageFrame[];
  /** The names of those that are not undone. */
  readonly gestures: readonly string[];
  destroy(): void;
}

export function mountInPage({ width, height, halves }: MountOptions): MountedInPage {
  const labels = new LabelImage({ width, height }, new Uint8Array(width * height));
  const image = emptyImage({ width, height }, 1, 8);
  if (halves !== undefined) image.data.forEach((_, i) => (image.data[i] = halves[i % width < width / 2 ? 0 : 1]));
  const done: Gesture[] = [];
  const gestures: string[] = [];
  const store = {
    apply: (gesture: Gesture) => {
      done.push(gesture);
      gestures.push(gesture.tool);
      return Promise.resolve();
    },
    undo: () => {
      gestures.pop();
      return Promise.resolve(done.pop()?.tiles.map((tile) => ({ ...tile, after: tile.before })));
    },
    redo: () => Promise.resolve(undefined),
    read: () => Promise.resolve(undefined),
  };
  const editor = new Editor({ labels, image, history: new History(labels, store, { undoable: 0, redoable: 0 }) });
  const frames: PageFrame[] = [];
  const host = document.createElement('div');
  host.id = 'canvas';
  Object.assign(host.style, { position: 'fixed', inset: '0' });
  document.body.append(host);
  const canvas = mountCanvas(host, {
    onFrame: (milliseconds, { inputAt, drawnAt }) => {
      frames.push({ milliseconds, waited: inputAt === undefined ? null : drawnAt - inputAt });
    },
  });
  canvas.setClasses([{ index: 1, color: '#e69f00' }]);
  canvas.show(editor);
  const destroy = (): void => {
    canvas.destroy();
    host.remove();
  };
  return { editor, canvas, frames, gestures, destroy };
}
