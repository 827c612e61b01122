/** The label plane: gestures, tiles, what has to be drawn again. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../../engine/random.ts';
import { tileAreas, cutTile } from '../../../engine/store/label-tiles.ts';
import { LabelImage } from '../../../renderer/canvas/label-image.ts';
import { runToEnd } from './run-to-end.ts';

const size = { width: 601, height: 530 };

function randomLabels(random: Random): LabelImage {
  return new LabelImage(
    size,
    Uint8Array.from({ length: size.width * size.height }, () => random.integer(4)),
  );
}

function scribble(labels: LabelImage, random: Random, spans = 40): void {
  for (let i = 0; i < spans; i++) {
    const left = random.integer(size.width + 40) - 20;
    labels.fillSpan(random.integer(size.height + 20) - 10, left, left + random.integer(300), random.integer(4));
  }
}

describe('a gesture', () => {
  test('gives exactly the tiles that differ, before and after, as the store cuts them', () => {
    const random = new Random(1);
    const labels = randomLabels(random);
    for (let round = 0; round < 20; round++) {
      const before = labels.pixels.slice();
      labels.begin();
      scribble(labels, random, 1 + random.integer(6));
      const changes = runToEnd(labels.commit());
      const should = [...tileAreas(size)]
        .map((area) => ({
          tileX: area.tileX,
          tileY: area.tileY,
          before: cutTile(before, size.width, area),
          after: cutTile(labels.pixels, size.width, area),
        }))
        .filter((tile) => Buffer.compare(tile.before, tile.after) !== 0);
      expect(changes).toEqual(should);
    }
  });

  test('writes what was asked, clipped to the image, and nothing else', () => {
    const random = new Random(2);
    const labels = randomLabels(random);
    const plain = labels.pixels.slice();
    labels.begin();
    for (let i = 0; i < 200; i++) {
      const [y, left] = [random.integer(size.height + 10) - 5, random.integer(size.width + 40) - 20];
      const right = left + random.integer(300) - 10;
      labels.fillSpan(y, left, right, i % 5);
      for (let x = left; x < right; x++) {
        if (y >= 0 && y < size.height && x >= 0 && x < size.width) plain[y * size.width + x] = i % 5;
      }
    }
    expect(Buffer.compare(labels.pixels, plain)).toBe(0);
  });

  test('that is cancelled, or rewound, leaves no trace', () => {
    const random = new Random(3);
    const labels = randomLabels(random);
    const before = labels.pixels.slice();
    labels.begin();
    scribble(labels, random);
    runToEnd(labels.rewind());
    expect(Buffer.compare(labels.pixels, before)).toBe(0);
    expect(labels.open).toBe(true);
    scribble(labels, random);
    labels.cancel();
    expect(Buffer.compare(labels.pixels, before)).toBe(0);
    labels.begin();
    expect(runToEnd(labels.commit())).toEqual([]);
  });

  test('that ends where it began is none', () => {
    const labels = new LabelImage(size);
    labels.begin();
    labels.fillSpan(300, 10, 500, 3);
    labels.fillSpan(300, 0, 600, 255);
    expect(runToEnd(labels.commit())).toEqual([]);
  });

  test('knows what it touched', () => {
    const labels = new LabelImage(size);
    labels.begin();
    labels.fillSpan(300, 10, 20, 3);
    labels.fillSpan(12, 590, 900, 3);
    labels.fillSpan(100, 200, 210, 3);
    expect(labels.touched).toEqual({ left: 10, top: 12, right: 601, bottom: 301 });
  });

  test('is needed to write, and is one at a time', () => {
    const labels = new LabelImage(size);
    expect(() => labels.fillSpan(0, 0, 1, 1)).toThrow('no gesture');
    labels.begin();
    expect(() => labels.begin()).toThrow('open already');
    expect(() => labels.put([])).toThrow('open');
  });
});

test('putting the tiles of before and after back is undo and redo', () => {
  const random = new Random(4);
  const labels = randomLabels(random);
  const before = labels.pixels.slice();
  labels.begin();
  scribble(labels, random);
  const changes = runToEnd(labels.commit());
  const after = labels.pixels.slice();
  labels.put(changes.map((tile) => ({ ...tile, after: tile.before })));
  expect(Buffer.compare(labels.pixels, before)).toBe(0);
  labels.put(changes);
  expect(Buffer.compare(labels.pixels, after)).toBe(0);
  expect(() => labels.put([{ tileX: 2, tileY: 2, after: new Uint8Array(65536) }])).toThrow('65536 labels');
});

describe('what is dirty', () => {
  test('holds every changed pixel, and is empty once taken', () => {
    const random = new Random(5);
    const labels = randomLabels(random);
    const shown = new Uint8Array(labels.pixels.length);
    const upload = (): void => {
      for (const { left, top, right, bottom } of labels.takeDirty()) {
        for (let y = top; y < bottom; y++) {
          const row = y * size.width;
          shown.set(labels.pixels.subarray(row + left, row + right), row + left);
        }
      }
    };
    upload();
    for (let round = 0; round < 20; round++) {
      labels.begin();
      scribble(labels, random, 3);
      if (round % 3 === 1) upload();
      if (round % 2 === 0) labels.cancel();
      else labels.put(runToEnd(labels.commit()));
      upload();
      expect(Buffer.compare(shown, labels.pixels)).toBe(0);
    }
    expect(labels.takeDirty()).toEqual([]);
  });

  test('of a small stroke is small, and whole rows of tiles are one area', () => {
    const labels = new LabelImage(size);
    expect(labels.takeDirty()).toEqual([
      { left: 0, top: 0, right: 601, bottom: 256 },
      { left: 0, top: 256, right: 601, bottom: 512 },
      { left: 0, top: 512, right: 601, bottom: 530 },
    ]);
    labels.begin();
    labels.fillSpan(10, 250, 260, 1);
    labels.fillSpan(11, 251, 262, 1);
    expect(labels.takeDirty()).toEqual([{ left: 250, top: 10, right: 262, bottom: 12 }]);
  });
});

test('sizes beyond the limit, and maps of another size, are refused', () => {
  expect(() => new LabelImage({ width: 16385, height: 2 })).toThrow(RangeError);
  expect(() => new LabelImage({ width: 0, height: 2 })).toThrow(RangeError);
  expect(() => new LabelImage(size, new Uint8Array(7))).toThrow('7 labels');
  expect(new LabelImage({ width: 16384, height: 1 }).pixels.every((value) => value === 255)).toBe(true);
});
