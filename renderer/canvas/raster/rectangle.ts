/**
 * What an upright rectangle between two corners covers.
 * Convention: left ≤ x + ½ < right and top ≤ y + ½ < bottom: each side goes to the nearest line between pixels.
 */
import type { Area, Point } from '../geometry.ts';
import { emitWithin } from './span.ts';
import type { EmitSpan } from './span.ts';

export function rectangle(a: Point, b: Point, bounds: Area, emit: EmitSpan): void {
  const nearest = (side: number): number => Math.ceil(side - 0.5);
  const left = nearest(Math.min(a.x, b.x));
  const right = nearest(Math.max(a.x, b.x));
  const end = Math.min(bounds.bottom, nearest(Math.max(a.y, b.y)));
  for (let y = Math.max(bounds.top, nearest(Math.min(a.y, b.y))); y < end; y++) {
    emitWithin(bounds, emit, y, left, right);
  }
}
