/**
 * Points, sizes and areas that the canvas speaks of. No behavior beyond overlap.
 * Convention: image coordinates are pixels with the origin at the left upper corner of the left upper pixel, so pixel
 * (x, y) covers [x, x + 1) × [y, y + 1) and its center is (x + ½, y + ½). Areas are half-open.
 */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Whole pixels: columns left … right - 1, rows top … bottom - 1. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function wholeArea(size: Size): Area {
  return { left: 0, top: 0, right: size.width, bottom: size.height };
}

/** Undefined when they have no pixel in common. */
export function overlap(a: Area, b: Area): Area | undefined {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  const right = Math.min(a.right, b.right);
  const bottom = Math.min(a.bottom, b.bottom);
  return left < right && top < bottom ? { left, top, right, bottom } : undefined;
}

export function grown(area: Area, by: number): Area {
  return { left: area.left - by, top: area.top - by, right: area.right + by, bottom: area.bottom + by };
}

/** The smallest area that holds all of them; undefined for none. */
export function enclosing(areas: readonly Area[]): Area | undefined {
  const [first, ...rest] = areas;
  if (first === undefined) return undefined;
  return rest.reduce(
    (whole, area) => ({
      left: Math.min(whole.left, area.left),
      top: Math.min(whole.top, area.top),
      right: Math.max(whole.right, area.right),
      bottom: Math.max(whole.bottom, area.bottom),
    }),
    first,
  );
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
