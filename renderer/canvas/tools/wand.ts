/**
 * Magic wand: paints what looks like the pixel that was clicked. Dragging to the right while it is held down raises the
 * tolerance for this once, to the left lowers it.
 * Convention: pixels change as soon as they are found, inside an open gesture; of several tolerances that came meanwhile
 * the last counts. Shift at the start turns 'joined only' round.
 */
import type { Easel } from '../easel.ts';
import { magicWandSteps } from '../raster/magic-wand.ts';
import type { Point } from '../geometry.ts';
import { noPreview, workingPreview } from './preview.ts';
import type { Tool } from './tool.ts';

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

export function createWand(easel: Easel): Tool {
  let held: Held | undefined;

  const select = (holding: Held): void => {
    const { seed, tolerance, contiguous } = holding;
    easel.select(
      easel.settings.value,
      (emit) => magicWandSteps(easel.image, seed.x, seed.y, { tolerance, contiguous }, emit),
      () => {
        if (holding.tolerance !== tolerance) select(holding);
        else if (holding.released) close();
      },
    );
  };
  const close = (): void => {
    held = undefined;
    easel.finish('wand', easel.settings.value);
  };
  const abandon = (): void => {
    if (held !== undefined) easel.abandon();
    held = undefined;
  };

  return {
    get busy() {
      return held !== undefined;
    },
    down({ x, y, screen, shift }) {
      const { tolerance, contiguous } = easel.settings;
      const seed = { x: Math.floor(x), y: Math.floor(y) };
      held = { seed, startX: screen.x, tolerance, contiguous: contiguous !== shift, released: false };
      select(held);
    },
    move({ screen }) {
      if (held === undefined || held.released) return;
      const dragged = screen.x - held.startX;
      const beyond = Math.sign(dragged) * Math.max(0, Math.abs(dragged) - deadZone);
      const change = Math.round((beyond / wholeRange) * easel.greatestValue);
      const tolerance = Math.max(0, Math.min(easel.greatestValue, easel.settings.tolerance + change));
      if (tolerance === held.tolerance) return;
      held.tolerance = tolerance;
      if (!easel.working) select(held);
    },
    up() {
      if (held === undefined) return;
      held.released = true;
      if (!easel.working) close();
    },
    cancel: abandon,
    key(key) {
      if (key !== 'escape' || held === undefined) return false;
      abandon();
      return true;
    },
    preview: () => (easel.working ? workingPreview : noPreview),
  };
}
