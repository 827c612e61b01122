/** Rectangle: fills a box dragged from corner to corner. Convention: as for every box. */
import { rectangle } from '../raster/rectangle.ts';
import { createBox } from './box.ts';
import type { SelectableToolRecord } from './tool.ts';
import { paintOptions } from './tool-options.ts';

export const rectangleTool = {
  command: 'tool.rectangle',
  key: 'R',
  options: ['fillHoles', ...paintOptions],
  create: (context) =>
    createBox(context, {
      name: 'rectangle',
      raster: rectangle,
      preview: (a, b) => ({
        kind: 'path',
        points: [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }],
        closed: true,
        filled: true,
      }),
    }),
} as const satisfies SelectableToolRecord;
