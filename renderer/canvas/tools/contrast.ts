/**
 * Contrast: dragging sets window (to the right: wider) and level (upwards: brighter). Convention: changes what is seen
 * alone; Escape puts the window back that was there.
 */
import type { ToolContext } from '../tool-context.ts';
import type { Point } from '../geometry.ts';
import { draggedWindow } from '../window-level.ts';
import type { ValueWindow } from '../window-level.ts';
import type { Tool, ToolRecord } from './tool.ts';

export const contrastTool = { viewOnly: true, create: createContrast } as const satisfies ToolRecord;

function createContrast(context: ToolContext): Tool {
  let drag: { readonly from: Point; readonly window: ValueWindow } | undefined;

  return {
    get busy() {
      return drag !== undefined;
    },
    down({ screen }) {
      drag = { from: screen, window: context.window };
    },
    move({ screen }) {
      if (drag === undefined) return;
      const { from, window } = drag;
      context.window = draggedWindow(window, screen.x - from.x, screen.y - from.y, context.greatestValue);
    },
    up() {
      drag = undefined;
    },
    cancel() {
      if (drag !== undefined) context.window = drag.window;
      drag = undefined;
    },
    preview: () => ({ shapes: [], cursor: 'move' }),
  };
}
