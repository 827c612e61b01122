/**
 * Lasso: draws round an area in one go, and fills it. Convention: nothing changes before the button is released; the
 * way back from the end to the beginning is a straight line.
 */
import type { ToolContext } from '../tool-context.ts';
import { distance } from '../geometry.ts';
import type { Point } from '../geometry.ts';
import { polygon } from '../raster/polygon.ts';
import type { PointerInput, SelectableToolRecord, Tool } from './tool.ts';
import { paintOptions } from './tool-options.ts';

/** CSS pixels; points nearer to the last one add nothing that can be seen. */
const leastStep = 0.5;

export const lassoTool = {
  command: 'tool.lasso',
  key: 'L',
  options: ['fillHoles', ...paintOptions],
  create: createLasso,
} as const satisfies SelectableToolRecord;

function createLasso(context: ToolContext): Tool {
  let points: Point[] | undefined;

  const add = ({ samples }: PointerInput): void => {
    const least = leastStep / context.editor.viewport.scale;
    for (const { x, y } of samples) {
      const last = points?.at(-1);
      if (last === undefined || distance(last, { x, y }) >= least) points?.push({ x, y });
    }
  };

  return {
    busy: () => points !== undefined,
    down({ x, y }) {
      points = [{ x, y }];
    },
    move(input) {
      if (points !== undefined) add(input);
    },
    up(input) {
      if (points === undefined) return;
      add(input);
      const outline = points;
      points = undefined;
      context.shape('lasso', (bounds, emit) => polygon(outline, bounds, emit));
    },
    cancel() {
      points = undefined;
    },
    preview: () => ({
      shapes: points === undefined ? [] : [{ kind: 'path', points, closed: true, filled: true }],
      cursor: 'crosshair',
    }),
  };
}
