/**
 * Brush: paints the class along the pointer's way while it is held down. The eraser is the same with another value.
 * Convention: pixels change as the pointer moves, inside an open gesture; Alt at the start makes it the other of the two.
 */
import type { Easel } from '../easel.ts';
import { capsule } from '../raster/capsule.ts';
import type { Disc } from '../raster/capsule.ts';
import { brushDiameter } from '../settings.ts';
import type { Preview } from './preview.ts';
import type { PointerInput, PointerSample, Tool } from './tool.ts';

export type StrokeName = 'brush' | 'eraser';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'painting'; readonly as: StrokeName; readonly value: number; last: Disc };

/** The pen at its lightest leaves this share of the size. */
const lightest = 0.1;

export function createBrush(easel: Easel): Tool {
  return createStroke(easel, 'brush');
}

export function createStroke(easel: Easel, name: StrokeName): Tool {
  let state: State = { kind: 'idle' };

  const disc = ({ x, y, pressure }: PointerSample): Disc => {
    const share = easel.settings.penPressure ? lightest + (1 - lightest) * pressure : 1;
    return { x, y, radius: (brushDiameter(easel.settings, easel.viewport) * share) / 2 };
  };

  return {
    get busy() {
      return state.kind === 'painting';
    },
    down(input) {
      const other = name === 'brush' ? 'eraser' : 'brush';
      const as = input.alt ? other : name;
      const value = as === 'brush' ? easel.settings.value : easel.settings.erasedValue;
      const last = disc(input);
      state = { kind: 'painting', as, value, last };
      easel.paint(value, (bounds, emit) => {
        capsule(last, last, bounds, emit);
      });
    },
    move(input) {
      if (state.kind !== 'painting') return;
      const painting = state;
      for (const sample of input.samples) {
        const next = disc(sample);
        easel.paint(painting.value, (bounds, emit) => {
          capsule(painting.last, next, bounds, emit);
        });
        painting.last = next;
      }
    },
    up() {
      if (state.kind !== 'painting') return;
      const { as, value } = state;
      state = { kind: 'idle' };
      easel.finish(as, as === 'brush' ? value : undefined);
    },
    cancel() {
      if (state.kind === 'painting') easel.abandon();
      state = { kind: 'idle' };
    },
    key(key) {
      if (key !== 'escape' || state.kind === 'idle') return false;
      easel.abandon();
      state = { kind: 'idle' };
      return true;
    },
    preview: (hover) => brushCircle(easel, hover),
  };
}

/** The circle that shows what a full press would paint. */
function brushCircle(easel: Easel, hover: PointerInput | undefined): Preview {
  if (hover === undefined) return { shapes: [], cursor: 'crosshair' };
  const radius = brushDiameter(easel.settings, easel.viewport) / 2;
  // A circle of a few pixels on the screen shows less than a cross does.
  const cursor = radius * easel.viewport.scale < 4 ? 'crosshair' : 'none';
  return { shapes: [{ kind: 'circle', centre: { x: hover.x, y: hover.y }, radius }], cursor };
}
