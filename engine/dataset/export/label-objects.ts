/**
 * Takes a label map apart into objects: connected regions of one class (4-connected). Convention: an object is its
 * runs, pieces of rows, from top to bottom and from left to right; background and unlabelled pixels belong to none.
 */
import { unlabelled } from '../../store/class-map.ts';
import { inBands } from '../../in-bands.ts';
import type { Size } from '../images/pixels.ts';

export interface LabelObject extends Size {
  /** 1..K. */
  readonly classIndex: number;
  /** In pixels. */
  readonly area: number;
  readonly left: number;
  readonly top: number;
  /** Row, first column, column after the last: three numbers a run. */
  readonly runs: Int32Array;
}

/** Numbers a run takes while it is worked on: row, from, to, class, and the run that it is connected with. */
const stride = 5;

class Runs {
  values = new Int32Array(stride * 1024);
  count = 0;

  add(row: number, from: number, to: number, classIndex: number): void {
    if (stride * (this.count + 1) > this.values.length) {
      const larger = new Int32Array(2 * this.values.length);
      larger.set(this.values);
      this.values = larger;
    }
    this.values.set([row, from, to, classIndex, this.count], stride * this.count);
    this.count++;
  }

  /** The run that stands for all that hang together with this one: the first of them. */
  rootOf(run: number): number {
    const { values } = this;
    let at = run;
    for (let above = values[stride * at + 4]!; above !== at; above = values[stride * at + 4]!) {
      values[stride * at + 4] = values[stride * above + 4]!;
      at = values[stride * at + 4]!;
    }
    return at;
  }

  join(one: number, other: number): void {
    const [a, b] = [this.rootOf(one), this.rootOf(other)];
    this.values[stride * Math.max(a, b) + 4] = Math.min(a, b);
  }
}

/** @param labels class indices (height, width) @returns in the order of their first pixels */
export async function findObjects(labels: Uint8Array, { width, height }: Size): Promise<LabelObject[]> {
  const runs = new Runs();
  let aboveFrom = 0;
  let aboveTo = 0;
  await inBands(
    height,
    (from, to) => {
      for (let row = from; row < to; row++) {
        cutRow(labels, width, row, runs);
        joinRows(runs, aboveFrom, aboveTo, aboveTo, runs.count);
        aboveFrom = aboveTo;
        aboveTo = runs.count;
      }
    },
    width,
  );
  return gather(runs);
}

function cutRow(labels: Uint8Array, width: number, row: number, runs: Runs): void {
  const end = (row + 1) * width;
  for (let at = row * width; at < end;) {
    const value = labels[at]!;
    const from = at;
    while (at < end && labels[at] === value) at++;
    if (value !== 0 && value !== unlabelled) runs.add(row, from - row * width, at - row * width, value);
  }
}

/** Joins runs of a row with those of the row above that they touch. */
function joinRows(runs: Runs, aboveFrom: number, aboveTo: number, from: number, to: number): void {
  const value = (run: number, what: number): number => runs.values[stride * run + what]!;
  if (aboveFrom === aboveTo || from === to || value(aboveFrom, 0) !== value(from, 0) - 1) return;
  for (let above = aboveFrom, here = from; above < aboveTo && here < to;) {
    const touch = value(above, 1) < value(here, 2) && value(here, 1) < value(above, 2);
    if (touch && value(above, 3) === value(here, 3)) runs.join(above, here);
    if (value(above, 2) < value(here, 2)) above++;
    else here++;
  }
}

interface Growing {
  readonly classIndex: number;
  readonly runs: number[];
  area: number;
  left: number;
  right: number;
}

async function gather(runs: Runs): Promise<LabelObject[]> {
  const objects = new Map<number, Growing>();
  const take = (from: number, to: number): void => {
    for (let run = from; run < to; run++) {
      const root = runs.rootOf(run);
      const [row = 0, first = 0, end = 0, classIndex = 0] = runs.values.subarray(stride * run, stride * run + 4);
      let object = objects.get(root);
      if (object === undefined) {
        object = { classIndex, runs: [], area: 0, left: first, right: end };
        objects.set(root, object);
      }
      object.runs.push(row, first, end);
      object.area += end - first;
      object.left = Math.min(object.left, first);
      object.right = Math.max(object.right, end);
    }
  };
  await inBands(runs.count, take, 20);
  return [...objects.values()].map(({ classIndex, area, left, right, runs: pieces }) => {
    const top = pieces[0]!;
    const height = pieces.at(-3)! + 1 - top;
    return { classIndex, area, left, top, width: right - left, height, runs: Int32Array.from(pieces) };
  });
}
