/**
 * What a round brush covers on its way between two points, its radius changing evenly: the union of all discs on the
 * way, so fast moves leave no gaps. With both ends equal it is a dab.
 * Convention: closed discs by the pixel-center rule; besides, the pixels that hold the two ends, so that a brush below
 * one pixel still paints. Those pixels may come twice.
 */
import type { Area } from '../geometry.ts';
import { emitWithin, rowsBetween, settledSpan } from './span.ts';
import type { EmitSpan } from './span.ts';

/** A disc in image coordinates; radius ≥ 0 in image pixels. */
export interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** Rows that the shape touches only by a rounding error are tested too; the definition decides. */
const slack = 1e-6;

/** The definition: is there a t in 0..1 with |p - (a + t (b - a))| ≤ radius at t? */
function insideCapsule(x: number, y: number, a: Disc, b: Disc): boolean {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const dr = b.radius - a.radius;
  const px = x - a.x;
  const py = y - a.y;
  if (px * px + py * py <= a.radius * a.radius) return true;
  const qx = x - b.x;
  const qy = y - b.y;
  if (qx * qx + qy * qy <= b.radius * b.radius) return true;
  // |p - c(t)|² - r(t)² is a parabola in t; one disc in the other opens it downwards, and an end is its least.
  const curvature = dx * dx + dy * dy - dr * dr;
  if (curvature <= 0) return false;
  const t = (px * dx + py * dy + a.radius * dr) / curvature;
  if (t <= 0 || t >= 1) return false;
  const ex = px - t * dx;
  const ey = py - t * dy;
  const radius = a.radius + t * dr;
  return ex * ex + ey * ey <= radius * radius;
}

export function capsule(a: Disc, b: Disc, bounds: Area, emit: EmitSpan): void {
  const low = Math.min(a.y - a.radius, b.y - b.radius);
  const high = Math.max(a.y + a.radius, b.y + b.radius);
  const [first, end] = rowsBetween(low - slack, high + slack, bounds);
  const sides = tangents(a, b);
  for (let y = first; y < end; y++) {
    const yc = y + 0.5;
    let left = Infinity;
    let right = -Infinity;
    for (const disc of [a, b]) {
      if (Math.abs(yc - disc.y) > disc.radius + slack) continue;
      const half = Math.sqrt(Math.max(0, disc.radius * disc.radius - (yc - disc.y) * (yc - disc.y)));
      left = Math.min(left, disc.x - half);
      right = Math.max(right, disc.x + half);
    }
    for (const { x0, y0, x1, y1 } of sides) {
      if (yc < Math.min(y0, y1) || yc > Math.max(y0, y1) || y0 === y1) continue;
      const x = x0 + ((yc - y0) / (y1 - y0)) * (x1 - x0);
      left = Math.min(left, x);
      right = Math.max(right, x);
    }
    if (left > right) continue;
    const [from, to] = settledSpan(Math.ceil(left - 0.5), Math.floor(right - 0.5) + 1, (x) =>
      insideCapsule(x + 0.5, yc, a, b),
    );
    if (from < to) emitWithin(bounds, emit, y, from, to);
  }
  holder(a, bounds, emit);
  if (a.x !== b.x || a.y !== b.y) holder(b, bounds, emit);
}

/** The pixel that holds the disc's center, where the disc may be too small to hold that pixel's center. */
function holder({ x, y, radius }: Disc, bounds: Area, emit: EmitSpan): void {
  const row = Math.floor(y);
  const column = Math.floor(x);
  if (radius > Math.SQRT1_2 || row < bounds.top || row >= bounds.bottom) return;
  emitWithin(bounds, emit, row, column, column + 1);
}

interface Side {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The two outer tangents, from where they touch a to where they touch b; none when one disc holds the other. */
function tangents(a: Disc, b: Disc): readonly Side[] {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = Math.hypot(dx, dy);
  if (length <= Math.abs(b.radius - a.radius)) return [];
  const ux = dx / length;
  const uy = dy / length;
  const along = (a.radius - b.radius) / length;
  const across = Math.sqrt(1 - along * along);
  return [1, -1].map((side) => {
    const nx = ux * along - side * uy * across;
    const ny = uy * along + side * ux * across;
    return { x0: a.x + nx * a.radius, y0: a.y + ny * a.radius, x1: b.x + nx * b.radius, y1: b.y + ny * b.radius };
  });
}
