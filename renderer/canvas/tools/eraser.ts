/**
 * Eraser: a brush that leaves background (or what the settings say). Convention: as the brush's; it fills no holes.
 */
import { createStroke } from './brush.ts';
import type { SelectableToolRecord } from './tool.ts';
import { strokeOptions } from './tool-options.ts';

export const eraserTool = {
  command: 'tool.eraser',
  key: 'E',
  options: strokeOptions,
  create: (context) => createStroke(context, 'eraser'),
} as const satisfies SelectableToolRecord;
