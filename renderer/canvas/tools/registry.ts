/**
 * Every tool by its name. The window's commands, keys, buttons and options follow from it. Not which tool is chosen.
 * Convention: the name is written into the history of an image and into what the window remembers; it never changes.
 */
import type { ToolContext } from '../tool-context.ts';
import { brushTool } from './brush.ts';
import { contrastTool } from './contrast.ts';
import { ellipseTool } from './ellipse.ts';
import { eraserTool } from './eraser.ts';
import { fillTool } from './fill.ts';
import { lassoTool } from './lasso.ts';
import { panTool } from './pan.ts';
import { polygonTool } from './polygon.ts';
import { proposalBrushTool } from './proposal-brush.ts';
import { rectangleTool } from './rectangle.ts';
import type { SelectableToolRecord, Tool, ToolRecord } from './tool.ts';
import { wandTool } from './wand.ts';

/** In the order of the tool bar. */
const selectable = {
  brush: brushTool,
  eraser: eraserTool,
  polygon: polygonTool,
  lasso: lassoTool,
  rectangle: rectangleTool,
  ellipse: ellipseTool,
  fill: fillTool,
  wand: wandTool,
  'proposal-brush': proposalBrushTool,
  pan: panTool,
} as const satisfies Record<string, SelectableToolRecord>;

export type SelectableToolName = keyof typeof selectable;
/** Contrast has no button: it is what the right button of the pointer does. */
export type ToolName = SelectableToolName | 'contrast';
export type ToolCommand = (typeof selectable)[SelectableToolName]['command'];

export const selectableTools: Readonly<Record<SelectableToolName, SelectableToolRecord & { command: ToolCommand }>> =
  selectable;
export const selectableNames = Object.keys(selectable) as readonly SelectableToolName[];
export const tools: Readonly<Record<ToolName, ToolRecord>> = { ...selectable, contrast: contrastTool };

export function createTools(context: ToolContext): Readonly<Record<ToolName, Tool>> {
  const made = Object.entries(tools).map(([name, { create }]) => [name, create(context)]);
  return Object.fromEntries(made) as Readonly<Record<ToolName, Tool>>;
}
