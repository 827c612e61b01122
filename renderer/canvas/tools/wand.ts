/**
 * Magic wand: paints what looks like the pixel that was clicked. Dragging to the right while it is held down raises the
 * tolerance for this once, to the left lowers it.
 * Convention: pixels change as soon as they are found, inside an open gesture; of several tolerances that came meanwhile
 * the last counts. Shift at the start turns 'joined only' round.
 */
import type { ToolContext } from '../tool-context.ts';
import { greatestValue } from '../image-pixels.ts';
import { magicWand } from '../raster/magic-wand.ts';
import type { Point } from '../geometry.ts';
import { noPreview, workingPreview } from './preview.ts';
import type { SelectableToolRecord, Tool } from './tool.ts';
import { paintOptions } from './tool-options.ts';

interface Held {
  readonly seed: Point;
  readonly startX: number;
  readonly contiguous: boolean;
  /** That is wanted. */
  tolerance: number;
  released: boolean;
}

/** A hand that clicks moves by a few CSS pixels. */
const deadZone = 4;
/** CSS pixels of dragging for the whole range of values. */
const wholeRange = 600;

export const wandTool = {
  command: 'tool.wand',
  key: 'W',
  options: ['tolerance', 'contiguous', ...paintOptions],
  create: createWand,
} as const satisfies SelectableToolRecord;

function createWand(context: ToolContext): Tool {
  let held: Held | undefined;

  const select = (holding: Held): void => {
    const { seed, tolerance, contiguous } = holding;
    context.select(
      context.editor.settings.value,
      (emit) => magicWand(context.editor.image, seed.x, seed.y, { tolerance, contiguous }, emit),
      () => {
        if (holding.tolerance !== tolerance) select(holding);
        else if (holding.released) close();
      },
    );
  };
  const close = (): void => {
    held = undefined;
    context.finish('wand', context.editor.settings.value);
  };

  return {
    busy: () => held !== undefined,
    down({ x, y, screen, shift }) {
      const { tolerance, contiguous } = context.editor.settings;
      const seed = { x: Math.floor(x), y: Math.floor(y) };
      held = { seed, startX: screen.x, tolerance, contiguous: contiguous !== shift, released: false };
      select(held);
    },
    move({ screen }) {
      if (held === undefined || held.released) return;
      const dragged = screen.x - held.startX;
      const beyond = Math.sign(dragged) * Math.max(0, Math.abs(dragged) - deadZone);
      const greatest = greatestValue(context.editor.image);
      const change = Math.round((beyond / wholeRange) * greatest);
      const tolerance = Math.max(0, Math.min(greatest, context.editor.settings.tolerance + change));
      if (tolerance === held.tolerance) return;
      held.tolerance = tolerance;
      if (!context.working) select(held);
    },
    up() {
      if (held === undefined) return;
      held.released = true;
      if (!context.working) close();
    },
    cancel() {
      if (held !== undefined) context.abandon();
      held = undefined;
    },
    preview: () => (context.working ? workingPreview : noPreview),
  };
}
