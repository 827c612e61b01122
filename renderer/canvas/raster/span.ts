/**
 * How the raster functions hand over what they cover: row by row, as spans of whole pixels. No drawing here.
 * Convention: columns left … right - 1 of row y, never empty, within the bounds the function was given; unless a
 * function says otherwise, no pixel comes twice. A pixel is covered when its center (x + ½, y + ½) is.
 */
import type { Area } from '../geometry.ts';

export type EmitSpan = (y: number, left: number, right: number) => void;

/** The rows whose centers lie in low ≤ y + ½ ≤ high, within the bounds: first row, and one past the last. */
export function rowsBetween(low: number, high: number, bounds: Area): readonly [number, number] {
  return [Math.max(bounds.top, Math.ceil(low - 0.5)), Math.min(bounds.bottom, Math.floor(high - 0.5) + 1)];
}

/** Emits what is left of a span within the columns of the bounds. */
export function emitWithin(bounds: Area, emit: EmitSpan, y: number, left: number, right: number): void {
  const from = Math.max(bounds.left, left);
  const to = Math.min(bounds.right, right);
  if (from < to) emit(y, from, to);
}

/**
 * Moves the ends of a span, guessed to about a pixel, to where `inside` says they are: the pixels of a convex shape in
 * one row. Makes a formula with rounding errors agree with the definition in every pixel.
 * @returns [left, right); equal when there is none
 */
export function settledSpan(left: number, right: number, inside: (x: number) => boolean): readonly [number, number] {
  let from = left;
  let to = Math.max(left, right);
  while (from < to && !inside(from)) from++;
  while (to > from && !inside(to - 1)) to--;
  if (from === to) {
    // The guess was beside a shape that is hardly a pixel wide.
    const beside = [left - 1, right].find(inside);
    if (beside === undefined) return [left, left];
    from = beside;
    to = beside + 1;
  }
  while (inside(from - 1)) from--;
  while (inside(to)) to++;
  return [from, to];
}
