/**
 * Proposal brush: paints what a network proposes, where it proposes something: accepting by hand. Convention: as the
 * brush's, with the proposal as it was when the stroke began; Alt at the start erases. Without a proposal it does
 * nothing, and the cursor says so.
 */
import type { ToolContext } from '../tool-context.ts';
import { createStroke } from './brush.ts';
import type { SelectableToolRecord, Tool } from './tool.ts';
import { strokeOptions } from './tool-options.ts';

export const proposalBrushTool = {
  command: 'tool.proposal',
  key: 'T',
  options: strokeOptions,
  needsProposal: true,
  create: createProposalBrush,
} as const satisfies SelectableToolRecord;

function createProposalBrush(context: ToolContext): Tool {
  const stroke = createStroke(context, 'proposal-brush');
  return {
    ...stroke,
    down(input) {
      if (context.proposal !== undefined) stroke.down(input);
    },
    preview: (hover) => (context.proposal === undefined && !stroke.busy() ? refused : stroke.preview(hover)),
  };
}

const refused = { shapes: [], cursor: 'not-allowed' } as const;
