/**
 * The gesture that rectangle and ellipse share: a box dragged from corner to corner. Not what is painted in it.
 * Convention: Shift makes it as high as it is wide, Alt makes the start its middle; nothing changes before the release.
 */
import type { ToolContext } from '../tool-context.ts';
import type { Area, Point } from '../geometry.ts';
import type { EmitSpan } from '../raster/span.ts';
import type { PreviewShape } from './preview.ts';
import type { PointerInput, Tool } from './tool.ts';

export interface BoxShape {
  readonly name: string;
  raster(a: Point, b: Point, bounds: Area, emit: EmitSpan): void;
  preview(a: Point, b: Point): PreviewShape;
}

export function createBox(context: ToolContext, shape: BoxShape): Tool {
  let start: Point | undefined;
  let corners: readonly [Point, Point] | undefined;

  const end = (): void => {
    start = undefined;
    corners = undefined;
  };

  return {
    busy: () => start !== undefined,
    down({ x, y }) {
      start = { x, y };
      corners = [start, start];
    },
    move(input) {
      if (start !== undefined) corners = cornersOf(start, input);
    },
    up(input) {
      if (start === undefined) return;
      const [a, b] = cornersOf(start, input);
      end();
      context.shape(shape.name, (bounds, emit) => shape.raster(a, b, bounds, emit));
    },
    cancel: end,
    preview: () => ({
      shapes: corners === undefined ? [] : [shape.preview(corners[0], corners[1])],
      cursor: 'crosshair',
    }),
  };
}

function cornersOf(start: Point, { x, y, shift, alt }: PointerInput): readonly [Point, Point] {
  let dx = x - start.x;
  let dy = y - start.y;
  if (shift) {
    const side = Math.max(Math.abs(dx), Math.abs(dy));
    dx = dx < 0 ? -side : side;
    dy = dy < 0 ? -side : side;
  }
  const far = { x: start.x + dx, y: start.y + dy };
  return alt ? [{ x: start.x - dx, y: start.y - dy }, far] : [start, far];
}
