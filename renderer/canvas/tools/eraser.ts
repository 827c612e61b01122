/**
 * Eraser: a brush that leaves background (or what the settings say). Convention: as the brush's; it fills no holes.
 */
import type { Easel } from '../easel.ts';
import { createStroke } from './brush.ts';
import type { Tool } from './tool.ts';

export function createEraser(easel: Easel): Tool {
  return createStroke(easel, 'eraser');
}
