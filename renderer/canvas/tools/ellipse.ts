/** Ellipse: fills the ellipse in a box dragged from corner to corner. Convention: as for every box. */
import type { Easel } from '../easel.ts';
import { ellipse } from '../raster/ellipse.ts';
import { createBox } from './box.ts';
import type { Tool } from './tool.ts';

export function createEllipse(easel: Easel): Tool {
  return createBox(easel, { name: 'ellipse', raster: ellipse, preview: (a, b) => ({ kind: 'ellipse', a, b }) });
}
