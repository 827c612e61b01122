/**
 * The pixels that one can walk to from a seed, up, down, left or right, over pixels that pass a test.
 * Convention: 4-connected, row by row (scanline); rows are asked when they are first reached, so a small region of a
 * huge image costs little. The test must not change under way: spans are emitted at the end.
 */
import type { Size } from '../geometry.ts';
import { StepCounter } from '../sliced-work.ts';
import type { Steps } from '../sliced-work.ts';
import type { RowTest } from './row-test.ts';
import { SpanList } from './span-list.ts';
import type { EmitSpan } from './span.ts';

/** Emits nothing when the seed lies outside or does not pass. */
export function* floodFill(size: Size, seedX: number, seedY: number, test: RowTest, emit: EmitSpan): Steps {
  const spans = new SpanList();
  yield* flood(new FloodRows(size, test), seedX, seedY, (y, left, right) => {
    spans.add(y, left, right);
    return true;
  });
  yield* spans.emit(emit);
}

/** By row, once it was reached: 1 passes, 0 does not, or does no more since a flood was there. */
export class FloodRows {
  readonly width: number;
  readonly height: number;
  /** Of all floods over these rows. */
  readonly counter = new StepCounter();
  readonly #test: RowTest;
  readonly #rows: (Uint8Array | undefined)[];

  constructor(size: Size, test: RowTest) {
    this.width = size.width;
    this.height = size.height;
    this.#test = test;
    this.#rows = Array.from({ length: size.height });
  }

  row(y: number): Uint8Array {
    const known = this.#rows[y];
    if (known !== undefined) return known;
    const row = new Uint8Array(this.width);
    this.#test(y, 0, this.width, row);
    this.#rows[y] = row;
    return row;
  }
}

/** Goes on from span to span, taking each away, until there is none left; false: `onSpan` returned false before. */
export function* flood(
  rows: FloodRows,
  seedX: number,
  seedY: number,
  onSpan: (y: number, left: number, right: number) => boolean,
): Steps<boolean> {
  const { width, height } = rows;
  if (!(seedX >= 0 && seedY >= 0 && seedX < width && seedY < height)) return true;
  const seeds = [seedX, seedY];
  while (seeds.length > 0) {
    const y = seeds.pop()!;
    const x = seeds.pop()!;
    const row = rows.row(y);
    if (row[x] !== 1) continue;
    const left = runStart(row, x);
    const right = runEnd(row, x, width);
    row.fill(0, left, right);
    if (!onSpan(y, left, right)) return false;
    if (y > 0) seedRuns(rows.row(y - 1), y - 1, left, right, seeds);
    if (y + 1 < height) seedRuns(rows.row(y + 1), y + 1, left, right, seeds);
    // The span itself, and above and below it.
    if (rows.counter.due(3 * (right - left))) yield;
  }
  return true;
}

/** One seed for each run of ones below or above a span. */
function seedRuns(row: Uint8Array, y: number, left: number, right: number, seeds: number[]): void {
  for (let x = firstOne(row, left, right); x < right; x = firstOne(row, x, right)) {
    seeds.push(x, y);
    x = runEnd(row, x, right);
  }
}

/**
 * From here on the engine's own search (memchr) is faster than a loop, which is faster for short runs: on 4096×4096
 * pixels in one region 43 ms of processor time instead of 83, of which the test takes 27.
 */
const longRun = 48;

function firstOne(row: Uint8Array, from: number, end: number): number {
  const near = Math.min(end, from + longRun);
  for (let x = from; x < near; x++) if (row[x] === 1) return x;
  if (near === end) return end;
  const found = row.subarray(near, end).indexOf(1);
  return found < 0 ? end : near + found;
}

function runEnd(row: Uint8Array, from: number, end: number): number {
  const near = Math.min(end, from + longRun);
  for (let x = from; x < near; x++) if (row[x] !== 1) return x;
  if (near === end) return end;
  const found = row.indexOf(0, near);
  return found < 0 || found > end ? end : found;
}

function runStart(row: Uint8Array, from: number): number {
  const near = Math.max(0, from - longRun);
  let x = from;
  while (x > near && row[x - 1] === 1) x--;
  if (x > near || x === 0) return x;
  return row.lastIndexOf(0, x - 1) + 1;
}
