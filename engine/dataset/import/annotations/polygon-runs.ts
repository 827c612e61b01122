/**
 * The pixels inside a polygon, as runs down the columns. Convention: exactly those of pycocotools 2.0 (`rleFrPoly` in
 * maskApi.c): corners are rounded to a fifth of a pixel, every edge is walked in whole steps along its longer side, a
 * column is looked at in its middle, and the even-odd rule decides. An edge costs a step per column that it crosses,
 * however long it is.
 */
import { AnnotationError } from './annotation-file.ts';
import type { Size } from '../../images/pixels.ts';

/** Pairs of numbers, from and to without the latter; pixel `row` of `column` is number column · height + row. */
export type ColumnRuns = Uint32Array;

const finer = 5;
/** The middle of column c lies between positions 5c + 2 and 5c + 3. */
const middle = 2;
const mostCrossings = 1 << 25;

class Crossings {
  values = new Uint32Array(64);
  count = 0;

  add(value: number, object: string): void {
    if (this.count === mostCrossings) {
      const message = `${object} goes to and fro too often to be an outline.`;
      throw new AnnotationError('annotation-too-complex', message);
    }
    if (this.count === this.values.length) {
      const larger = new Uint32Array(2 * this.count);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }
}

/**
 * @param corners x, y, x, y … in pixels
 * @param object its name, for the message
 * @throws AnnotationError annotation-too-complex
 */
export function polygonRuns(corners: readonly number[], size: Size, object: string): ColumnRuns {
  const crossings = new Crossings();
  const fine = corners.map((value) => Math.trunc(finer * value + 0.5));
  for (let at = 0; at < fine.length; at += 2) {
    const next = (at + 2) % fine.length;
    crossEdge(fine[at]!, fine[at + 1]!, fine[next]!, fine[next + 1]!, size, (column, row) =>
      crossings.add(column * size.height + row, object),
    );
  }
  // Every column is crossed an even number of times, so each two in order are a run.
  const sorted = crossings.values.subarray(0, crossings.count).sort();
  let length = 0;
  for (let at = 0; at < sorted.length; at += 2) {
    if (sorted[at] === sorted[at + 1]) continue;
    sorted[length++] = sorted[at]!;
    sorted[length++] = sorted[at + 1]!;
  }
  return sorted.slice(0, length);
}

/** Reports every column whose middle the edge crosses, and the first row below it there. */
function crossEdge(
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  { width, height }: Size,
  tell: (column: number, row: number) => void,
): void {
  const first = Math.max(0, Math.ceil((Math.min(fromX, toX) - middle) / finer));
  const last = Math.min(width - 1, Math.floor((Math.max(fromX, toX) - middle - 1) / finer));
  if (last < first) return;
  const isFlat = Math.abs(toX - fromX) >= Math.abs(toY - fromY);
  const isTurned = isFlat ? fromX > toX : fromY > toY;
  const [x1, y1, x2, y2] = isTurned ? [toX, toY, fromX, fromY] : [fromX, fromY, toX, toY];
  const slope = isFlat ? (y2 - y1) / (x2 - x1) : (x2 - x1) / (y2 - y1);
  for (let column = first; column <= last; column++) {
    const left = finer * column + middle;
    const y = isFlat ? higherBeside(left, x1, y1, slope) : y1 + stepBefore(left, x1, slope);
    const row = Math.ceil((y + 0.5) / finer - 0.5);
    tell(column, Math.min(height, Math.max(0, row)));
  }
}

/** Of a flat edge: the smaller y left and right of the middle. */
function higherBeside(left: number, x1: number, y1: number, slope: number): number {
  const heightAt = (x: number): number => Math.trunc(y1 + slope * (x - x1) + 0.5);
  return Math.min(heightAt(left), heightAt(left + 1));
}

/** Of a steep edge: the last step on its first side of the middle. */
function stepBefore(left: number, x1: number, slope: number): number {
  const isBeyond = (step: number): boolean => {
    const x = x1 + slope * step + 0.5;
    return slope > 0 ? x >= left + 1 : x < left + 1;
  };
  let step = Math.ceil((left + 0.5 - x1) / slope);
  while (isBeyond(step - 1)) step--;
  while (!isBeyond(step)) step++;
  return step - 1;
}
