/**
 * Lasso: draws round an area in one go, and fills it. Convention: nothing changes before the button is released; the
 * way back from the end to the beginning is a straight line.
 */
import type { Easel } from '../easel.ts';
import { distance } from '../geometry.ts';
import type { Point } from '../geometry.ts';
import { polygon } from '../raster/polygon.ts';
import type { PointerInput, Tool } from './tool.ts';

/** CSS pixels; points nearer to the last one add nothing that can be seen. */
const leastStep = 0.5;

export function createLasso(easel: Easel): Tool {
  let points: Point[] | undefined;

  const add = ({ samples }: PointerInput): void => {
    for (const { x, y } of samples) {
      const last = points?.at(-1);
      if (last === undefined || distance(last, { x, y }) * easel.viewport.scale >= leastStep) points?.push({ x, y });
    }
  };

  return {
    get busy() {
      return points !== undefined;
    },
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
      easel.shape('lasso', (bounds, emit) => {
        polygon(outline, bounds, emit);
      });
    },
    cancel() {
      points = undefined;
    },
    key(key) {
      if (key !== 'escape' || points === undefined) return false;
      points = undefined;
      return true;
    },
    preview: () => ({
      shapes: points === undefined ? [] : [{ kind: 'path', points, closed: true, filled: true }],
      cursor: 'crosshair',
    }),
  };
}
