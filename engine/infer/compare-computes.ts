/**
 * Two ways to compute the same network, held against each other on the spot: do they agree, and which is faster.
 * Convention: the pictures are made by a fixed generator, so that every machine compares the same.
 */
import { Random } from '../random.ts';
import type { ComputeBatch, NetworkInput } from './predictor.ts';

export interface InputShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
}

/** Soft stripes with some noise: a picture with edges, and no two alike. */
export function exampleInputs({ width, height, channels }: InputShape, count: number): NetworkInput[] {
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

/** The largest difference of two probabilities; Infinity where one is no number. */
export async function largestDifference(
  one: ComputeBatch,
  other: ComputeBatch,
  inputs: readonly NetworkInput[],
): Promise<number> {
  const [first, second] = [await one(inputs), await other(inputs)];
  let largest = 0;
  for (const [at, values] of first.entries()) {
    for (let i = 0; i < values.length; i++) {
      const difference = Math.abs(values[i]! - second[at]![i]!);
      if (!(difference <= largest)) largest = Number.isFinite(difference) ? difference : Infinity;
    }
  }
  return largest;
}

/** Long enough to tell two ways apart, in milliseconds. */
const patience = 300;

/** Milliseconds for a batch: the least of a few runs. @param compute has run before, so that nothing is set up any more */
export async function measureCompute(compute: ComputeBatch, inputs: readonly NetworkInput[]): Promise<number> {
  const begun = performance.now();
  let least = Infinity;
  for (let run = 0; run < 3 && (run === 0 || performance.now() - begun < patience); run++) {
    const before = performance.now();
    await compute(inputs);
    least = Math.min(least, performance.now() - before);
  }
  return least;
}
