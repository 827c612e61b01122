/**
 * Questions that are asked of many pixels: is it of this class, of this brightness, of nearly this color? Fill and wand
 * walk over what answers yes; 'paint only inside' lets a brush through where it does.
 * Convention: a test answers for a piece of one row at once, 1 or 0 into `answers[left … right - 1]`; answers are as
 * wide as the image. Tests read the pixels as they are now.
 */
import type { ImagePixels } from '../image-pixels.ts';
import { unlabelled } from '../label-image.ts';
import type { LabelImage } from '../label-image.ts';
import type { EmitSpan } from './span.ts';

export type RowTest = (y: number, left: number, right: number, answers: Uint8Array) => void;

export function isClass(labels: LabelImage, value: number): RowTest {
  const { pixels, width } = labels;
  return (y, left, right, answers) => {
    const row = y * width;
    for (let x = left; x < right; x++) answers[x] = pixels[row + x] === value ? 1 : 0;
  };
}

/** Not 255. @param map (H, W) of class indices */
export function isLabelled(map: Uint8Array, width: number): RowTest {
  return (y, left, right, answers) => {
    const row = y * width;
    for (let x = left; x < right; x++) answers[x] = map[row + x] === unlabelled ? 0 : 1;
  };
}

/** low ≤ intensity ≤ high, in the image's own values; of RGB the luma of Rec. ITU-R BT.601. */
export function isInRange(image: ImagePixels, low: number, high: number): RowTest {
  const { data, width, channels } = image;
  if (channels === 1) {
    return (y, left, right, answers) => {
      const row = y * width;
      for (let x = left; x < right; x++) answers[x] = data[row + x]! >= low && data[row + x]! <= high ? 1 : 0;
    };
  }
  return (y, left, right, answers) => {
    for (let x = left, at = (y * width + left) * 3; x < right; x++, at += 3) {
      const value = luma(data[at]!, data[at + 1]!, data[at + 2]!);
      answers[x] = value >= low && value <= high ? 1 : 0;
    }
  };
}

/** No channel further than `tolerance` from that of the pixel (seedX, seedY). */
export function isLike(image: ImagePixels, seedX: number, seedY: number, tolerance: number): RowTest {
  const { data, width, channels } = image;
  const seed = (seedY * width + seedX) * channels;
  const low = [0, 1, 2].map((channel) => data[seed + channel]! - tolerance);
  const high = [0, 1, 2].map((channel) => data[seed + channel]! + tolerance);
  const [lowR, lowG, lowB] = low as [number, number, number];
  const [highR, highG, highB] = high as [number, number, number];
  if (channels === 1) return isInRange(image, lowR, highR);
  return (y, left, right, answers) => {
    for (let x = left, at = (y * width + left) * 3; x < right; x++, at += 3) {
      const r = data[at]!;
      const g = data[at + 1]!;
      const b = data[at + 2]!;
      answers[x] = r >= lowR && r <= highR && g >= lowG && g <= highG && b >= lowB && b <= highB ? 1 : 0;
    }
  };
}

function luma(red: number, green: number, blue: number): number {
  return (299 * red + 587 * green + 114 * blue) / 1000;
}

/** Passes on of each span only what every test allows. Without tests: the very function that was given. */
export function where(tests: readonly RowTest[], width: number, emit: EmitSpan): EmitSpan {
  const [first, ...more] = tests;
  if (first === undefined) return emit;
  const rest = where(more, width, emit);
  const answers = new Uint8Array(width);
  return (y, left, right) => {
    first(y, left, right, answers);
    emitRuns(y, left, right, answers, rest);
  };
}

function emitRuns(y: number, left: number, right: number, answers: Uint8Array, emit: EmitSpan): void {
  for (let x = left; x < right; x++) {
    if (answers[x] === 0) continue;
    const start = x;
    while (x < right && answers[x] === 1) x++;
    emit(y, start, x);
  }
}
