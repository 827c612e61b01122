/**
 * Contrast: dragging sets window (to the right: wider) and level (upwards: brighter). Convention: changes what is seen
 * alone; Escape puts the window back that was there.
 */
import type { Easel } from '../easel.ts';
import type { Point } from '../geometry.ts';
import { draggedWindow } from '../window-level.ts';
import type { ValueWindow } from '../window-level.ts';
import type { Tool } from './tool.ts';

export function createContrast(easel: Easel): Tool {
  let drag: { readonly from: Point; readonly window: ValueWindow } | undefined;

  const putBack = (): void => {
    if (drag !== undefined) easel.window = drag.window;
    drag = undefined;
  };

  return {
    get busy() {
      return drag !== undefined;
    },
    down({ screen }) {
      drag = { from: screen, window: easel.window };
    },
    move({ screen }) {
      if (drag === undefined) return;
      const { from, window } = drag;
      easel.window = draggedWindow(window, screen.x - from.x, screen.y - from.y, easel.greatestValue);
    },
    up() {
      drag = undefined;
    },
    cancel: putBack,
    key(key) {
      if (key !== 'escape' || drag === undefined) return false;
      putBack();
      return true;
    },
    preview: () => ({ shapes: [], cursor: 'move' }),
  };
}
