/**
 * The holes in a class: pixels that are not of it and from which one cannot walk (4-connected) to the image's border
 * without crossing it. So a hole is shut by pixels that touch at corners only.
 * Convention: only holes with a pixel in the given area count, but they are found to their whole extent; of them only
 * background and unlabelled pixels are emitted, since other classes inside were meant to be there.
 */
import { background, unlabelled } from '../label-image.ts';
import type { LabelImage } from '../label-image.ts';
import { grown, overlap, wholeArea } from '../geometry.ts';
import type { Area } from '../geometry.ts';
import type { Steps } from '../sliced-work.ts';
import { flood, FloodRows } from './flood-fill.ts';
import { isClass, where } from './row-test.ts';
import type { RowTest } from './row-test.ts';
import { SpanList } from './span-list.ts';
import type { EmitSpan } from './span.ts';

/** By row: 1 where a flood was that found its way out. */
type OpenRows = Map<number, Uint8Array>;

/** @param area what was just painted: holes that it closed touch it, or touch the pixels around it */
export function* fillHoles(labels: LabelImage, value: number, area: Area, emit: EmitSpan): Steps {
  const near = overlap(grown(area, 1), wholeArea(labels));
  if (near === undefined) return;
  const rows = new FloodRows(labels, not(isClass(labels, value)));
  const open: OpenRows = new Map();
  const holes = new SpanList();
  for (let y = near.top; y < near.bottom; y++) {
    const row = rows.row(y);
    for (let x = near.left; x < near.right; x++) {
      if (row[x] === 1) yield* holeAt(rows, open, x, y, holes.add);
    }
    if (rows.counter.due(near.right - near.left)) yield;
  }
  const empty: RowTest = (y, left, right, answers) => {
    for (let x = left, at = y * labels.width + left; x < right; x++, at++) {
      answers[x] = labels.pixels[at] === background || labels.pixels[at] === unlabelled ? 1 : 0;
    }
  };
  yield* holes.emit(where([empty], labels.width, emit));
}

/** The hole at a pixel; nothing when it is open: it reaches the border, or a part known to. */
function* holeAt(rows: FloodRows, open: OpenRows, x: number, y: number, emit: EmitSpan): Steps {
  const spans: number[] = [];
  const whole = yield* flood(rows, x, y, (row, left, right) => {
    spans.push(row, left, right);
    return !touchesBorder(rows, row, left, right) && !touchesOpen(open, row, left, right);
  });
  if (whole) {
    for (let i = 0; i < spans.length; i += 3) emit(spans[i]!, spans[i + 1]!, spans[i + 2]!);
    return;
  }
  for (let i = 0; i < spans.length; i += 3) {
    const row = open.get(spans[i]!) ?? new Uint8Array(rows.width);
    row.fill(1, spans[i + 1], spans[i + 2]);
    open.set(spans[i]!, row);
    if (rows.counter.due(spans[i + 2]! - spans[i + 1]!)) yield;
  }
}

function touchesBorder({ width, height }: FloodRows, y: number, left: number, right: number): boolean {
  return y === 0 || y === height - 1 || left === 0 || right === width;
}

/** Left and right of a span there is nothing that passes, so only above and below. */
function touchesOpen(open: OpenRows, y: number, left: number, right: number): boolean {
  return [y - 1, y + 1].some((other) => {
    const row = open.get(other);
    return row?.subarray(left, right).includes(1) === true;
  });
}

function not(test: RowTest): RowTest {
  return (y, left, right, answers) => {
    test(y, left, right, answers);
    for (let x = left; x < right; x++) answers[x] = 1 - answers[x]!;
  };
}
