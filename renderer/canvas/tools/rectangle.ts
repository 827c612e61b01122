/** Rectangle: fills a box dragged from corner to corner. Convention: as for every box. */
import type { Easel } from '../easel.ts';
import { rectangle } from '../raster/rectangle.ts';
import { createBox } from './box.ts';
import type { Tool } from './tool.ts';

export function createRectangle(easel: Easel): Tool {
  return createBox(easel, {
    name: 'rectangle',
    raster: rectangle,
    preview: (a, b) => ({
      kind: 'path',
      points: [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }],
      closed: true,
      filled: true,
    }),
  });
}
