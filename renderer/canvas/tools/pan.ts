/** Pan: drags the image about. Convention: changes the view alone, at once; there is nothing to take back. */
import type { Easel } from '../easel.ts';
import type { Point } from '../geometry.ts';
import { panBy } from '../viewport.ts';
import type { Tool } from './tool.ts';

export function createPan(easel: Easel): Tool {
  let last: Point | undefined;

  return {
    get busy() {
      return last !== undefined;
    },
    down({ screen }) {
      last = screen;
    },
    move({ screen }) {
      if (last === undefined) return;
      easel.viewport = panBy(easel.viewport, screen.x - last.x, screen.y - last.y, easel.size, easel.screen);
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
