/**
 * Brush: paints the class along the pointer's way while it is held down. The eraser is the same with another value, the
 * proposal brush with what a proposal says there.
 * Convention: pixels change as the pointer moves, inside an open gesture; Alt at the start makes it the other of the two.
 */
import type { ToolContext, Raster } from '../tool-context.ts';
import { capsule } from '../raster/capsule.ts';
import type { Disc } from '../raster/capsule.ts';
import { brushDiameter } from '../settings.ts';
import type { Preview } from './preview.ts';
import type { PointerInput, PointerSample, SelectableToolRecord, Tool } from './tool.ts';
import { strokeOptions } from './tool-options.ts';

export type StrokeName = 'brush' | 'eraser' | 'proposal-brush';

/** What a stroke leaves, settled when it begins. */
interface Ink {
  readonly dab: (raster: Raster) => void;
  /** The value whose holes are filled in the end; undefined: none. */
  readonly holesOf: number | undefined;
}

type State =
  { readonly kind: 'idle' } | { readonly kind: 'painting'; readonly as: StrokeName; readonly ink: Ink; last: Disc };

/** What Alt makes of it. */
const other = { brush: 'eraser', eraser: 'brush', 'proposal-brush': 'eraser' } as const;

/** The pen at its lightest leaves this share of the size. */
const lightest = 0.1;

export const brushTool = {
  command: 'tool.brush',
  key: 'B',
  options: strokeOptions,
  create: (context) => createStroke(context, 'brush'),
} as const satisfies SelectableToolRecord;

export function createStroke(context: ToolContext, name: StrokeName): Tool {
  let state: State = { kind: 'idle' };

  const disc = ({ x, y, pressure }: PointerSample): Disc => {
    const { settings, viewport } = context.editor;
    const share = settings.penPressure ? lightest + (1 - lightest) * pressure : 1;
    return { x, y, radius: (brushDiameter(settings, viewport) * share) / 2 };
  };

  const inkOf = (as: StrokeName): Ink | undefined => {
    const { proposal } = context;
    const { settings } = context.editor;
    if (as === 'proposal-brush') {
      return proposal && { dab: (raster) => context.copy(proposal, raster), holesOf: undefined };
    }
    const value = as === 'brush' ? settings.value : settings.erasedValue;
    return { dab: (raster) => context.paint(value, raster), holesOf: as === 'brush' ? value : undefined };
  };

  return {
    busy: () => state.kind === 'painting',
    down(input) {
      const as = input.alt ? other[name] : name;
      const ink = inkOf(as);
      if (ink === undefined) return;
      const last = disc(input);
      state = { kind: 'painting', as, ink, last };
      ink.dab((bounds, emit) => capsule(last, last, bounds, emit));
    },
    move(input) {
      if (state.kind !== 'painting') return;
      const painting = state;
      for (const sample of input.samples) {
        const next = disc(sample);
        painting.ink.dab((bounds, emit) => capsule(painting.last, next, bounds, emit));
        painting.last = next;
      }
    },
    up() {
      if (state.kind !== 'painting') return;
      const { as, ink } = state;
      state = { kind: 'idle' };
      context.finish(as, ink.holesOf);
    },
    cancel() {
      if (state.kind === 'painting') context.abandon();
      state = { kind: 'idle' };
    },
    preview: (hover) => brushCircle(context, hover),
  };
}

/** The circle that shows what a full press would paint. */
function brushCircle({ editor }: ToolContext, hover: PointerInput | undefined): Preview {
  if (hover === undefined) return { shapes: [], cursor: 'crosshair' };
  const radius = brushDiameter(editor.settings, editor.viewport) / 2;
  // A circle of a few pixels on the screen shows less than a cross does.
  const cursor = radius * editor.viewport.scale < 4 ? 'crosshair' : 'none';
  return { shapes: [{ kind: 'circle', center: { x: hover.x, y: hover.y }, radius }], cursor };
}
