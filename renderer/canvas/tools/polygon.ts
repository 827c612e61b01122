/**
 * Polygon: click by click, and its points can be changed until it is closed: drag one to move it, click on a line to put
 * one in, Delete takes the one under the pointer out, Backspace or undo the last one.
 * Convention: a click on the first point, a double click or Enter closes and fills it; Escape throws it away. Nothing
 * changes before that.
 */
import type { ToolContext } from '../tool-context.ts';
import { distance } from '../geometry.ts';
import type { Point } from '../geometry.ts';
import { polygon } from '../raster/polygon.ts';
import type { Preview, PreviewShape } from './preview.ts';
import type { PointerInput, SelectableToolRecord, Tool } from './tool.ts';
import { paintOptions } from './tool-options.ts';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'drawing'; readonly points: readonly Point[] }
  /** A point is held down; `before` is how it was, and `closes` that letting go where it was closes the polygon. */
  | {
      readonly kind: 'moving';
      readonly points: readonly Point[];
      readonly before: readonly Point[];
      readonly at: number;
      readonly closes: boolean;
    };

/** CSS pixels within which a point or line counts as meant. */
const reach = 8;

export const polygonTool = {
  command: 'tool.polygon',
  key: 'P',
  options: ['fillHoles', ...paintOptions],
  create: createPolygon,
} as const satisfies SelectableToolRecord;

function createPolygon(context: ToolContext): Tool {
  let state: State = { kind: 'idle' };
  let pointer: Point | undefined;

  const close = (): void => {
    if (state.kind === 'idle') return;
    const { points } = state;
    state = { kind: 'idle' };
    if (points.length < 3) return;
    context.shape('polygon', (bounds, emit) => polygon(points, bounds, emit));
  };
  const near = (): number => reach / context.editor.viewport.scale;
  const withPoints = (points: readonly Point[]): State =>
    points.length === 0 ? { kind: 'idle' } : { kind: 'drawing', points };

  return {
    busy: () => state.kind !== 'idle',
    down({ x, y }) {
      const at = { x, y };
      pointer = at;
      if (state.kind === 'idle') {
        state = { kind: 'moving', points: [at], before: [], at: 0, closes: false };
        return;
      }
      const { points } = state;
      const held = nearestPoint(points, at, near());
      if (held !== undefined) {
        // The last point again: the second half of a double click. The first: the way round is done.
        const closes = points.length >= 3 && (held === 0 || held === points.length - 1);
        state = { kind: 'moving', points, before: points, at: held, closes };
        return;
      }
      const line = nearestLine(points, at, near());
      const index = line === undefined ? points.length : line + 1;
      state = { kind: 'moving', points: points.toSpliced(index, 0, at), before: points, at: index, closes: false };
    },
    move({ x, y }) {
      pointer = { x, y };
      if (state.kind !== 'moving') return;
      const from = state.points[state.at]!;
      if (state.closes && distance(from, pointer) < near()) return;
      state = { ...state, points: state.points.with(state.at, pointer), closes: false };
    },
    up() {
      if (state.kind !== 'moving') return;
      if (state.closes) close();
      else state = withPoints(state.points);
    },
    cancel() {
      state = { kind: 'idle' };
    },
    key(key) {
      if (state.kind === 'idle') return false;
      if (key === 'escape') state = state.kind === 'moving' ? withPoints(state.before) : { kind: 'idle' };
      else if (key === 'enter') close();
      else if (key === 'delete') {
        const { points } = state;
        const at = pointer === undefined ? undefined : nearestPoint(points, pointer, near());
        if (at !== undefined) state = withPoints(points.toSpliced(at, 1));
      } else state = withPoints(state.points.slice(0, -1));
      return true;
    },
    preview: (hover) => previewOf(state, hover, near()),
  };
}

function previewOf(state: State, hover: PointerInput | undefined, near: number): Preview {
  if (state.kind === 'idle') return { shapes: [], cursor: 'crosshair' };
  const { points } = state;
  const at = hover === undefined ? undefined : nearestPoint(points, hover, near);
  const next = state.kind === 'drawing' && hover !== undefined && at === undefined ? [{ x: hover.x, y: hover.y }] : [];
  const shapes: PreviewShape[] = [
    { kind: 'path', points: [...points, ...next], closed: points.length > 2, filled: true },
    ...points.map((point, i): PreviewShape => ({ kind: 'handle', at: point, active: i === at })),
  ];
  return { shapes, cursor: at === undefined ? 'crosshair' : 'move' };
}

function nearestPoint(points: readonly Point[], to: Point, within: number): number | undefined {
  let best: number | undefined;
  let least = within;
  points.forEach((point, i) => {
    const away = distance(point, to);
    if (away <= least) {
      least = away;
      best = i;
    }
  });
  return best;
}

/** The line from point i to i + 1 that is nearest. The line that would close the polygon does not count. */
function nearestLine(points: readonly Point[], to: Point, within: number): number | undefined {
  let best: number | undefined;
  let least = within;
  points.slice(0, -1).forEach((a, i) => {
    const b = points[i + 1]!;
    const dx = b.x - a.x;
    const dy = b.y - a.y;
    const t = ((to.x - a.x) * dx + (to.y - a.y) * dy) / (dx * dx + dy * dy || 1);
    if (t < 0 || t > 1) return;
    const away = distance({ x: a.x + t * dx, y: a.y + t * dy }, to);
    if (away <= least) {
      least = away;
      best = i;
    }
  });
  return best;
}
