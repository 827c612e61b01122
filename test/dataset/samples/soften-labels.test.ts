/** Label maps resized to shares: against PIL, against plain sums, and the rule for unlabelled pixels. */
import { describe, expect, it } from 'vitest';
import { resizePixels } from '../../../engine/dataset/images/resize-image.ts';
import { softenLabels } from '../../../engine/dataset/samples/soften-labels.ts';
import { Random } from '../../../engine/random.ts';

const size = (width: number, height: number): { width: number; height: number } => ({ width, height });

/** Blobs of classes 0..K and 255, coarse, so that neighboring rows are often alike. */
function blockMap(width: number, height: number, values: readonly number[], block: number, seed: number): Uint8Array {
  const random = new Random(seed);
  const across = Math.ceil(width / block);
  const blocks = Array.from(
    { length: across * Math.ceil(height / block) },
    () => values[random.integer(values.length)]!,
  );
  return Uint8Array.from(
    { length: width * height },
    (_, at) => blocks[Math.floor(at / width / block) * across + Math.floor((at % width) / block)]!,
  );
}

describe('label maps resized to shares', () => {
  it.each([
    [size(97, 61), size(32, 32)],
    [size(64, 64), size(64, 64)],
    [size(20, 31), size(64, 96)],
    [size(1, 1), size(32, 32)],
    [size(300, 5), size(32, 64)],
  ])('agree with every class resized as an image of its own (%o to %o)', (from, to) => {
    const labels = blockMap(from.width, from.height, [0, 1, 2, 3], 4, 5);
    const shares = softenLabels(labels, from, to, 3);
    for (let index = 0; index < 3; index++) {
      const plane = labels.map((value) => (value === index + 1 ? 255 : 0));
      const resized = resizePixels({ ...from, channels: 1, data: plane }, to.width, to.height);
      for (let at = 0; at < resized.length; at++) {
        expect(Math.abs(shares[3 * at + index]! - (resized[at]! * 254) / 255)).toBeLessThanOrEqual(1.5);
      }
    }
  });

  it('agree with PIL, which keeps a mask soft when it shrinks it', () => {
    // Pillow 13.0: Image.fromarray(mask * 255).resize((4, 4), Image.BILINEAR), mask[y, x] = x + y > 9, 10 rows of 9.
    const labels = Uint8Array.from({ length: 90 }, (_, at) => ((at % 9) + Math.floor(at / 9) > 9 ? 1 : 0));
    const expected = [0, 0, 1, 31, 0, 1, 54, 194, 2, 67, 215, 255, 72, 219, 255, 255];
    const shares = softenLabels(labels, size(9, 10), size(4, 4), 1);
    expected.forEach((value, at) => expect(Math.abs(shares[at]! - (value * 254) / 255)).toBeLessThanOrEqual(1.5));
  });

  it('are unlabelled where at least half of a pixel is, and count only the labelled area elsewhere', () => {
    // One row, four source pixels for one output pixel: the weights of the triangle are 5, 7, 7, 5 of 24.
    const one = (row: readonly number[]): number => softenLabels(Uint8Array.from(row), size(4, 1), size(1, 1), 1)[0]!;
    expect(one([1, 1, 1, 1])).toBe(254);
    expect(one([0, 1, 0, 0])).toBe(Math.round((254 * 7) / 24));
    expect(one([255, 255, 1, 1])).toBe(255);
    expect(one([255, 1, 1, 255])).toBe(254);
    expect(one([255, 1, 0, 255])).toBe(127);
    expect(one([0, 255, 255, 0])).toBe(255);
  });

  it('mark an unlabelled pixel in every class', () => {
    const shares = softenLabels(new Uint8Array(64).fill(255), size(8, 8), size(4, 4), 3);
    expect(shares).toEqual(new Uint8Array(48).fill(255));
  });

  it('of all classes and the background sum to one', () => {
    const labels = blockMap(101, 67, [0, 1, 2, 255], 6, 9);
    const shares = softenLabels(labels, size(101, 67), size(32, 32), 2);
    for (let at = 0; at < shares.length; at += 2) {
      if (shares[at] === 255) expect(shares[at + 1]).toBe(255);
      else expect(shares[at]! + shares[at + 1]!).toBeLessThanOrEqual(255);
    }
  });

  it('refuse a class that does not exist', () => {
    expect(() => softenLabels(Uint8Array.of(0, 3, 0, 0), size(2, 2), size(2, 2), 2, 'cell.png')).toThrow(
      expect.objectContaining({ code: 'label-value-unknown', path: 'cell.png' }) as Error,
    );
  });
});
