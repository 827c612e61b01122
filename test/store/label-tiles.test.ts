import { describe, expect, it } from 'vitest';
import { cutTile, decodeTile, encodeTile, placeTile, tileArea, tileAreas } from '../../engine/store/label-tiles.ts';

describe('tiles of a label map', () => {
  it('cover every pixel once, smaller at the right and lower edge', () => {
    const size = { width: 300, height: 257 };
    const covered = new Uint8Array(size.width * size.height);
    const areas = [...tileAreas(size)];
    for (const area of areas) {
      const tile = cutTile(covered, size.width, area).map((count) => count + 1);
      placeTile(covered, size.width, area, tile);
    }
    expect(covered.every((count) => count === 1)).toBe(true);
    expect(areas.map(({ width, height }) => [width, height])).toEqual([
      [256, 256],
      [44, 256],
      [256, 1],
      [44, 1],
    ]);
  });

  it.each([
    [-1, 0],
    [0, -1],
    [2, 0],
    [0, 2],
    [0.5, 0],
    [NaN, 0],
  ])('are not at %d, %d in a map of 512×256 pixels', (x, y) => {
    expect(tileArea({ width: 512, height: 256 }, x, y)).toBeUndefined();
  });

  it('are absent when unlabelled, one byte when of one value, and small otherwise', () => {
    const tile = new Uint8Array(256 * 256);
    expect(encodeTile(tile.fill(255))).toBeNull();
    expect(encodeTile(tile.fill(3))).toEqual(Buffer.of(3));
    tile.fill(1, 1000, 20_000);
    expect(encodeTile(tile)?.length).toBeLessThan(500);
  });

  it.each([
    [1, 1],
    [2, 1],
    [44, 7],
    [256, 256],
  ])('come back from their bytes, %d×%d', (width, height) => {
    const area = { width, height };
    const random = Uint8Array.from({ length: width * height }, (_, i) => (i * 2_654_435_761) >>> 24);
    for (const tile of [random, random.map(() => 255), random.map(() => 0), random.map((v) => v & 1)]) {
      expect(decodeTile(encodeTile(tile), area)).toEqual(tile);
    }
  });

  it('are refused when their bytes are broken or of another size', () => {
    const area = { width: 20, height: 20 };
    const stored = encodeTile(Uint8Array.from({ length: 400 }, (_, i) => i % 7)) ?? Buffer.alloc(0);
    const flipped = Buffer.from(stored);
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    expect(decodeTile(flipped, area)).toBeUndefined();
    expect(decodeTile(stored.subarray(0, -5), area)).toBeUndefined();
    expect(decodeTile(stored, { width: 20, height: 21 })).toBeUndefined();
    expect(decodeTile(stored, { width: 20, height: 19 })).toBeUndefined();
    expect(decodeTile(Buffer.of(1, 2, 3), area)).toBeUndefined();
  });
});
