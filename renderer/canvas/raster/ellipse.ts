/**
 * What an upright ellipse in the box between two corners covers. Convention: closed, by the pixel-center rule; a box
 * without width or height holds none.
 */
import type { Area, Point } from '../geometry.ts';
import { emitWithin, rowsBetween, settledSpan } from './span.ts';
import type { EmitSpan } from './span.ts';

/** As for the capsule: what a rounding error might hide, the definition decides. */
const slack = 1e-6;

/** The definition: ((x - cx) / rx)² + ((y - cy) / ry)² ≤ 1. */
function insideEllipse(x: number, y: number, a: Point, b: Point): boolean {
  const rx = Math.abs(b.x - a.x) / 2;
  const ry = Math.abs(b.y - a.y) / 2;
  if (rx === 0 || ry === 0) return false;
  const u = (x - (a.x + b.x) / 2) / rx;
  const v = (y - (a.y + b.y) / 2) / ry;
  return u * u + v * v <= 1;
}

export function ellipse(a: Point, b: Point, bounds: Area, emit: EmitSpan): void {
  const cx = (a.x + b.x) / 2;
  const cy = (a.y + b.y) / 2;
  const rx = Math.abs(b.x - a.x) / 2;
  const ry = Math.abs(b.y - a.y) / 2;
  const [first, end] = rowsBetween(cy - ry - slack, cy + ry + slack, bounds);
  for (let y = first; y < end; y++) {
    const v = (y + 0.5 - cy) / ry;
    const half = rx * Math.sqrt(Math.max(0, 1 - v * v));
    const [from, to] = settledSpan(Math.ceil(cx - half - 0.5), Math.floor(cx + half - 0.5) + 1, (x) =>
      insideEllipse(x + 0.5, y + 0.5, a, b),
    );
    if (from < to) emitWithin(bounds, emit, y, from, to);
  }
}
