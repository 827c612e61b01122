/**
 * Whether two ways to compute a network give the same, and pictures to find out with. Convention: these are made by a fixed
 * generator, so that every machine compares the same.
 */
import type { Refusal } from '../contract/fallback.ts';
import { largestDifference as differenceOfLists } from '../network/verify/golden-check.ts';
import { Random } from '../random.ts';

export interface InputShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

export interface ExampleInput {
  /** u8 (H, W, C). */
  readonly pixels: Uint8Array;
  readonly min: number;
  readonly max: number;
}

/** Soft stripes with some noise: a picture with edges, and no two alike. */
export function exampleInputs({ width, height, channels }: InputShape, count: number): ExampleInput[] {
  const random = new Random(3);
  return Array.from({ length: count }, (_, n) => {
    const pixels = Uint8Array.from({ length: width * height * channels }, (__, at) => {
      const pixel = Math.floor(at / channels);
      const wave = Math.sin(((pixel % width) * (n + 1)) / 9 + Math.floor(pixel / width) / 7);
      return 128 + Math.round(100 * wave) + random.integer(27);
    });
    let [min, max] = [255, 0];
    for (const value of pixels) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    return { pixels, min, max };
  });
}

type Lists = readonly ArrayLike<number>[];

/** The largest difference of two values in lists of the same lengths; Infinity where one is no number. */
export function largestDifference(one: Lists, other: Lists): number {
  return Math.max(0, ...one.map((values, at) => differenceOfLists(values, other[at]!)));
}

/** Of probabilities: ten times what is found on steep pictures, and a thousand times too little to matter in a mask. */
const allowedDifference = 1e-4;

/** @returns undefined where the executor's probabilities are the expected ones */
export function refusedByResults(executor: string, found: Lists, expected: Lists): Refusal | undefined {
  const difference = largestDifference(found, expected);
  if (difference <= allowedDifference) return undefined;
  return { code: 'results-differ', executor, difference: Number.isFinite(difference) ? difference : null };
}
