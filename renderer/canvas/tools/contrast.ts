/**
 * Contrast: dragging sets window (to the right: wider) and level (upwards: brighter). Convention: changes what is seen
 * alone; Escape puts the window back that was there.
 */
import type { ToolContext } from '../tool-context.ts';
import type { Point } from '../geometry.ts';
import { greatestValue } from '../image-pixels.ts';
import { draggedWindow } from '../window-level.ts';
import type { ValueWindow } from '../window-level.ts';
import type { Tool, ToolRecord } from './tool.ts';

export const contrastTool = { viewOnly: true, create: createContrast } as const satisfies ToolRecord;

function createContrast({ editor }: ToolContext): Tool {
  let drag: { readonly from: Point; readonly window: ValueWindow } | undefined;

  return {
    busy: () => drag !== undefined,
    down({ screen }) {
      drag = { from: screen, window: editor.window };
    },
    move({ screen }) {
      if (drag === undefined) return;
      const { from, window } = drag;
      editor.window = draggedWindow(window, screen.x - from.x, screen.y - from.y, greatestValue(editor.image));
    },
    up() {
      drag = undefined;
    },
    cancel() {
      if (drag !== undefined) editor.window = drag.window;
      drag = undefined;
    },
    preview: () => ({ shapes: [], cursor: 'move' }),
  };
}
