/** Every tool by its name. Not which one is in hand. Convention: a tool lives as long as its easel. */
import type { Easel } from '../easel.ts';
import { createBrush } from './brush.ts';
import { createContrast } from './contrast.ts';
import { createEllipse } from './ellipse.ts';
import { createEraser } from './eraser.ts';
import { createFill } from './fill.ts';
import { createLasso } from './lasso.ts';
import { createPan } from './pan.ts';
import { createPolygon } from './polygon.ts';
import { createProposalBrush } from './proposal-brush.ts';
import { createRectangle } from './rectangle.ts';
import type { Tool, ToolName } from './tool.ts';
import { createWand } from './wand.ts';

export function createTools(easel: Easel): Readonly<Record<ToolName, Tool>> {
  return {
    brush: createBrush(easel),
    eraser: createEraser(easel),
    'proposal-brush': createProposalBrush(easel),
    polygon: createPolygon(easel),
    lasso: createLasso(easel),
    rectangle: createRectangle(easel),
    ellipse: createEllipse(easel),
    fill: createFill(easel),
    wand: createWand(easel),
    pan: createPan(easel),
    contrast: createContrast(easel),
  };
}
