/** Flood fill, magic wand, holes and 'only inside' against slow definitions on random images. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../../../engine/random.ts';
import type { ImagePixels } from '../../../../renderer/canvas/image-pixels.ts';
import { LabelImage } from '../../../../renderer/canvas/label-image.ts';
import { fillHoles } from '../../../../renderer/canvas/raster/fill-holes.ts';
import { floodFill } from '../../../../renderer/canvas/raster/flood-fill.ts';
import { magicWand } from '../../../../renderer/canvas/raster/magic-wand.ts';
import { isClass, isInRange, where } from '../../../../renderer/canvas/raster/row-test.ts';
import { expected, picture, timesCovered } from './covered.ts';
import { runToEnd } from '../run-to-end.ts';

const size = { width: 23, height: 19 };
const count = size.width * size.height;

/** Every pixel joined to the seeds, step by step until nothing is added. */
function joined(passes: (at: number) => boolean, seeds: readonly number[], within = size): Set<number> {
  const { width, height } = within;
  const reached = new Set(seeds.filter(passes));
  for (const at of reached) {
    const x = at % width;
    const steps = [at - width, at + width, ...(x > 0 ? [at - 1] : []), ...(x < width - 1 ? [at + 1] : [])];
    for (const next of steps) if (next >= 0 && next < width * height && passes(next)) reached.add(next);
  }
  return reached;
}

function randomLabels(random: Random, values: readonly number[]): LabelImage {
  return new LabelImage(
    size,
    Uint8Array.from({ length: count }, () => values[random.integer(values.length)]!),
  );
}

/** Small differences in places, so that regions of like values have size and odd shapes. */
function randomImage(random: Random, channels: 1 | 3, greatest: number): ImagePixels {
  const step = Math.ceil(greatest / 6);
  const values = Array.from({ length: count * channels }, () => random.integer(6) * step);
  const data = greatest > 255 ? Uint16Array.from(values) : Uint8Array.from(values);
  return { ...size, channels, data };
}

function pictureOf(pixels: ReadonlySet<number>): string {
  return picture(
    size,
    expected(size, (x, y) => pixels.has(y * size.width + x)),
  );
}

test('flood fill reaches what is joined to the seed by sides, each pixel once', () => {
  const random = new Random(11);
  for (let round = 0; round < 300; round++) {
    const labels = randomLabels(random, [0, 0, 0, 1, 1, 255].slice(random.integer(4)));
    const [x, y] = [random.integer(size.width), random.integer(size.height)];
    const value = labels.pixels[y * size.width + x]!;
    const got = timesCovered(size, (emit) => runToEnd(floodFill(size, x, y, isClass(labels, value), emit)));
    expect(picture(size, got)).toBe(pictureOf(joined((at) => labels.pixels[at] === value, [y * size.width + x])));
  }
});

test('flood fill follows runs of any length, to their very ends', () => {
  const random = new Random(15);
  const wide = { width: 700, height: 6 };
  for (let round = 0; round < 100; round++) {
    const pixels = new Uint8Array(wide.width * wide.height);
    for (let i = 0; i < 40; i++) pixels[random.integer(pixels.length)] = 1;
    const labels = new LabelImage(wide, pixels);
    const [x, y] = [random.integer(wide.width), random.integer(wide.height)];
    const value = labels.pixels[y * wide.width + x]!;
    const got = timesCovered(wide, (emit) => runToEnd(floodFill(wide, x, y, isClass(labels, value), emit)));
    const should = joined((at) => pixels[at] === value, [y * wide.width + x], wide);
    expect(picture(wide, got)).toBe(
      picture(
        wide,
        expected(wide, (px, py) => should.has(py * wide.width + px)),
      ),
    );
  }
});

test('flood fill from outside, or from a pixel that does not pass, covers nothing', () => {
  const labels = new LabelImage(size);
  for (const [x, y] of [
    [-1, 3],
    [size.width, 3],
    [3, -1],
    [3, size.height],
    [NaN, 3],
  ] as const) {
    expect(
      timesCovered(size, (emit) => runToEnd(floodFill(size, x, y, isClass(labels, 255), emit))).some(Boolean),
    ).toBe(false);
  }
  expect(timesCovered(size, (emit) => runToEnd(floodFill(size, 3, 3, isClass(labels, 1), emit))).some(Boolean)).toBe(
    false,
  );
});

describe('the magic wand', () => {
  const kinds = [
    { name: 'grey, 8 bits', channels: 1, greatest: 255 },
    { name: 'grey, 16 bits', channels: 1, greatest: 65535 },
    { name: 'RGB, 8 bits', channels: 3, greatest: 255 },
    { name: 'RGB, 16 bits', channels: 3, greatest: 65535 },
  ] as const;
  test.for(kinds)('takes what no channel tells apart by more than the tolerance: $name', ({ channels, greatest }) => {
    const random = new Random(12);
    for (let round = 0; round < 120; round++) {
      const image = randomImage(random, channels, greatest);
      const [x, y] = [random.integer(size.width), random.integer(size.height)];
      const tolerance = random.integer(Math.ceil(greatest * 0.7));
      const seed = y * size.width + x;
      const like = (at: number): boolean =>
        [0, 1, 2]
          .slice(0, channels)
          .every((c) => Math.abs(image.data[at * channels + c]! - image.data[seed * channels + c]!) <= tolerance);
      const all = new Set(Array.from({ length: count }, (_, at) => at).filter(like));
      const wand = (contiguous: boolean): string =>
        picture(
          size,
          timesCovered(size, (emit) => runToEnd(magicWand(image, x, y, { tolerance, contiguous }, emit))),
        );
      expect(wand(false)).toBe(pictureOf(all));
      expect(wand(true)).toBe(pictureOf(joined(like, [seed])));
    }
  });
});

describe('filling holes', () => {
  test('takes the holes that touch the area, whole, and spares other classes in them', () => {
    const random = new Random(13);
    let filled = 0;
    for (let round = 0; round < 400; round++) {
      const labels = randomLabels(random, [1, 1, 1, 0, 255, 2].slice(0, 4 + random.integer(3)));
      const left = random.integer(size.width);
      const top = random.integer(size.height);
      const area = { left, top, right: left + 1 + random.integer(9), bottom: top + 1 + random.integer(9) };
      const other = (at: number): boolean => labels.pixels[at] !== 1;
      const border = Array.from({ length: count }, (_, at) => at).filter((at) => {
        const [x, y] = [at % size.width, Math.floor(at / size.width)];
        return x === 0 || y === 0 || x === size.width - 1 || y === size.height - 1;
      });
      const open = joined(other, border);
      const near = Array.from({ length: count }, (_, at) => at).filter((at) => {
        const [x, y] = [at % size.width, Math.floor(at / size.width)];
        return x >= area.left - 1 && x <= area.right && y >= area.top - 1 && y <= area.bottom;
      });
      const holes = joined((at) => other(at) && !open.has(at), near);
      const should = new Set([...holes].filter((at) => labels.pixels[at] !== 2));
      filled += should.size;
      const got = timesCovered(size, (emit) => runToEnd(fillHoles(labels, 1, area, emit)));
      expect(picture(size, got)).toBe(pictureOf(should));
    }
    expect(filled).toBeGreaterThan(1000);
  });

  test('finds a hole that the last stroke only closed, far beyond that stroke', () => {
    const labels = new LabelImage(size, new Uint8Array(count));
    labels.begin();
    for (let y = 2; y < 17; y++) for (const x of [2, 20]) labels.fillSpan(y, x, x + 1, 1);
    for (const y of [2, 16]) labels.fillSpan(y, 2, 21, 1);
    const got = timesCovered(size, (emit) =>
      runToEnd(fillHoles(labels, 1, { left: 20, top: 9, right: 21, bottom: 10 }, emit)),
    );
    expect(got.reduce((sum, times) => sum + times, 0)).toBe(17 * 13);
  });
});

test('only inside class and range lets through exactly the pixels that pass all tests', () => {
  const random = new Random(14);
  for (const channels of [1, 3] as const) {
    for (let round = 0; round < 100; round++) {
      const labels = randomLabels(random, [0, 1, 255]);
      const image = randomImage(random, channels, 255);
      const [low, high] = [random.integer(150), 60 + random.integer(150)];
      const tests = [isClass(labels, 1), isInRange(image, low, high)];
      const got = timesCovered(size, (emit) => {
        const through = where(tests, size.width, emit);
        for (let y = 1; y < size.height; y++) through(y, 2, size.width - 1);
      });
      const should = expected(size, (x, y) => {
        const at = y * size.width + x;
        const [r, g, b] = [0, 1, 2].map((c) => image.data[at * channels + (channels === 1 ? 0 : c)]!) as [
          number,
          number,
          number,
        ];
        const intensity = (299 * r + 587 * g + 114 * b) / 1000;
        const asked = y >= 1 && x >= 2 && x < size.width - 1;
        return asked && labels.pixels[at] === 1 && intensity >= low && intensity <= high;
      });
      expect(picture(size, got)).toBe(picture(size, should));
    }
  }
});
