/**
 * What a polygon covers: even-odd, so a line that crosses itself makes a hole where it goes round twice.
 * Convention: a pixel is inside when, at its center's height, an odd number of edges cross at or left of its center; an
 * edge holds its upper end and not its lower. So polygons that share an edge share no pixel and leave none out.
 */
import type { Area, Point } from '../geometry.ts';
import { emitWithin } from './span.ts';
import type { EmitSpan } from './span.ts';

interface Edge {
  /** First row whose center the edge crosses, and one past the last. */
  readonly first: number;
  readonly end: number;
  readonly upper: Point;
  readonly lower: Point;
}

/** @param points the corners in order; the last is joined to the first */
export function polygon(points: readonly Point[], bounds: Area, emit: EmitSpan): void {
  const edges = edgesOf(points, bounds).sort((a, b) => a.first - b.first);
  let next = 0;
  let active: Edge[] = [];
  for (let y = edges[0]?.first ?? bounds.bottom; y < bounds.bottom; y++) {
    active = active.filter((edge) => edge.end > y);
    while (next < edges.length && edges[next]!.first <= y) active.push(edges[next++]!);
    if (active.length === 0 && next === edges.length) return;
    const crossings = active.map((edge) => crossing(edge.upper, edge.lower, y + 0.5)).sort((a, b) => a - b);
    for (let i = 0; i + 1 < crossings.length; i += 2) {
      emitWithin(bounds, emit, y, Math.ceil(crossings[i]! - 0.5), Math.ceil(crossings[i + 1]! - 0.5));
    }
  }
}

/** Where an edge is at a height. The same arithmetic wherever it is asked, whichever way the edge was drawn. */
function crossing(upper: Point, lower: Point, y: number): number {
  return upper.x + ((y - upper.y) / (lower.y - upper.y)) * (lower.x - upper.x);
}

function edgesOf(points: readonly Point[], bounds: Area): Edge[] {
  const edges: Edge[] = [];
  points.forEach((from, i) => {
    const to = points[(i + 1) % points.length]!;
    const [upper, lower] = from.y < to.y ? [from, to] : [to, from];
    const first = Math.max(bounds.top, Math.ceil(upper.y - 0.5));
    const end = Math.min(bounds.bottom, Math.ceil(lower.y - 0.5));
    if (first < end) edges.push({ first, end, upper, lower });
  });
  return edges;
}
