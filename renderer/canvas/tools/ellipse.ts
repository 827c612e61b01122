/** Ellipse: fills the ellipse in a box dragged from corner to corner. Convention: as for every box. */
import { ellipse } from '../raster/ellipse.ts';
import { createBox } from './box.ts';
import type { SelectableToolRecord } from './tool.ts';
import { paintOptions } from './tool-options.ts';

export const ellipseTool = {
  command: 'tool.ellipse',
  key: 'O',
  options: ['fillHoles', ...paintOptions],
  create: (context) =>
    createBox(context, { name: 'ellipse', raster: ellipse, preview: (a, b) => ({ kind: 'ellipse', a, b }) }),
} as const satisfies SelectableToolRecord;
