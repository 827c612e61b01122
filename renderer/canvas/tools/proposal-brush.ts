/**
 * Proposal brush: paints what a network proposes, where it proposes something: accepting by hand. Convention: as the
 * brush's, with the proposal as it was when the stroke began; Alt at the start erases. Without a proposal it does
 * nothing, and the cursor says so.
 */
import type { Easel } from '../easel.ts';
import { createStroke } from './brush.ts';
import type { Tool } from './tool.ts';

export function createProposalBrush(easel: Easel): Tool {
  const stroke = createStroke(easel, 'proposal-brush');
  return {
    ...stroke,
    get busy() {
      return stroke.busy;
    },
    down(input) {
      if (easel.proposal !== undefined) stroke.down(input);
    },
    preview(hover) {
      return easel.proposal === undefined && !stroke.busy ? refused : stroke.preview(hover);
    },
  };
}

const refused = { shapes: [], cursor: 'not-allowed' } as const;
