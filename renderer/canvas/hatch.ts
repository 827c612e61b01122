/**
 * Slanting stripes: how a proposal differs from a label at a glance, and how one pixel shows two colors. Not a texture.
 * Convention: they lie still on the image while it is panned, and are as wide on the screen at every zoom.
 */
import type { Viewport } from './viewport.ts';

/** CSS pixels along a row: from stripe to stripe, and how many of them are the stripe. */
export const hatchPeriod = 8;
export const hatchWidth = 3.5;
/** Pixel centers lie on whole and half CSS pixels; the stripes' edges do not, or rounding would decide. */
const aside = 0.25;

/** Does a stripe cover the image point? The shader does the same. */
export function isHatched(x: number, y: number, { scale }: Viewport): boolean {
  return within((x + y) * scale + aside) < hatchWidth;
}

/** Of the screen's left upper corner, for the shader, whose numbers are too short to count from the image's. */
export function hatchPhase({ scale, left, top }: Viewport): number {
  return within((left + top) * scale + aside);
}

function within(along: number): number {
  return ((along % hatchPeriod) + hatchPeriod) % hatchPeriod;
}
