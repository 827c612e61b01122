/** Pan: drags the image about. Convention: changes the view alone, at once; there is nothing to take back. */
import type { ToolContext } from '../tool-context.ts';
import type { Point } from '../geometry.ts';
import { panBy } from '../viewport.ts';
import type { SelectableToolRecord, Tool } from './tool.ts';

export const panTool = {
  command: 'tool.pan',
  key: 'H',
  options: [],
  viewOnly: true,
  create: createPan,
} as const satisfies SelectableToolRecord;

function createPan({ editor }: ToolContext): Tool {
  let last: Point | undefined;

  return {
    busy: () => last !== undefined,
    down({ screen }) {
      last = screen;
    },
    move({ screen }) {
      if (last === undefined) return;
      editor.viewport = panBy(editor.viewport, screen.x - last.x, screen.y - last.y, editor.labels, editor.screen);
      last = screen;
    },
    up() {
      last = undefined;
    },
    cancel() {
      last = undefined;
    },
    key: () => false,
    preview: () => ({ shapes: [], cursor: last === undefined ? 'grab' : 'grabbing' }),
  };
}
