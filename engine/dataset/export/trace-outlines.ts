/**
 * The outlines of an object along the edges of its pixels, so that they enclose exactly its pixels and no others. Smooths
 * nothing. Convention: corners as x, y, x, y …, from the upper left of the image; the outer outline comes first and runs
 * clockwise on the screen, those of holes run the other way; an outline may touch itself at a corner, never cross itself.
 */
import { inBands } from '../../in-bands.ts';
import type { LabelObject } from './label-objects.ts';

export interface Outlines {
  readonly outer: readonly number[];
  readonly holes: readonly (readonly number[])[];
}

const inside = 1;
/** A pixel whose upper edge is part of an outline that is traced already. */
const traced = 2;

/** East, south, west, north. */
const stepX = [1, 0, -1, 0] as const;
const stepY = [0, 1, 0, -1] as const;

export async function traceOutlines(object: LabelObject): Promise<Outlines> {
  const { left, top, width, height, runs } = object;
  // One pixel of nothing all around spares every question about the border.
  const stride = width + 2;
  const plane = new Uint8Array(stride * (height + 2));
  const offsetOf = (row: number, column: number): number => (row - top + 1) * stride + column - left + 1;
  for (let at = 0; at < runs.length; at += 3) {
    plane.fill(inside, offsetOf(runs[at]!, runs[at + 1]!), offsetOf(runs[at]!, runs[at + 2]!));
  }
  const outlines: number[][] = [];
  const findEdges = (from: number, to: number): void => {
    for (let run = from; run < to; run++) {
      const begin = offsetOf(runs[3 * run]!, runs[3 * run + 1]!);
      const end = offsetOf(runs[3 * run]!, runs[3 * run + 2]!);
      for (let at = begin; at < end; at++) {
        if (plane[at] !== inside || plane[at - stride] !== 0) continue;
        outlines.push(follow(plane, stride, at).map((value, i) => value - 1 + (i % 2 === 0 ? left : top)));
      }
    }
  };
  await inBands(runs.length / 3, findEdges, Math.ceil(object.area / (runs.length / 3)));
  const [outer = [], ...holes] = outlines;
  return { outer, holes };
}

/** One outline, from the upper left corner of a pixel whose upper edge is on it, with the object on the right hand. */
function follow(plane: Uint8Array, stride: number, start: number): number[] {
  const corners: number[] = [];
  const [startX, startY] = [start % stride, Math.floor(start / stride)];
  let [x, y, direction] = [startX, startY, 0];
  do {
    if (direction === 0) plane[y * stride + x] = inside | traced;
    x += stepX[direction]!;
    y += stepY[direction]!;
    // The pixels ahead on either hand; at a corner where two touch, the right one is left alone.
    const isInside = (pixelX: number, pixelY: number): boolean => plane[pixelY * stride + pixelX] !== 0;
    const [right, left] = {
      0: [isInside(x, y), isInside(x, y - 1)],
      1: [isInside(x - 1, y), isInside(x, y)],
      2: [isInside(x - 1, y - 1), isInside(x - 1, y)],
      3: [isInside(x, y - 1), isInside(x - 1, y - 1)],
    }[direction]!;
    const turn = right ? (left ? 3 : 0) : 1;
    if (turn !== 0) corners.push(x, y);
    direction = (direction + turn) % 4;
  } while (x !== startX || y !== startY || direction !== 0);
  return corners;
}
