import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../engine/dataset/images/decode-image.ts';
import { resizeImage, resizePixels, TriangleResizer } from '../../../engine/dataset/images/resize-image.ts';
import { sharedFolder } from '../../fixtures/shared.ts';

function pattern(width: number, height: number, channels: number): Uint8Array {
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) {
    const [x, y, c] = [Math.floor(i / channels) % width, Math.floor(i / channels / width), i % channels];
    data[i] = x * x * 3 + y * y * 5 + x * y * 7 + c * 85;
  }
  return data;
}

function digest(data: Uint8Array | Uint16Array): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
    .slice(0, 16);
}

/** width, height, channels, to width, to height, and what Pillow 13 gives for Image.resize(…, BILINEAR). */
const PILLOW: readonly (readonly [number, number, number, number, number, string])[] = [
  [97, 61, 3, 32, 32, '4df90cf58d703b77'],
  [97, 61, 3, 256, 256, '626d44d5077fca18'],
  [97, 61, 3, 1, 1, '6a3afecb37ebc49a'],
  [97, 61, 3, 97, 20, '8a0c7cb3a09b82ea'],
  [97, 61, 3, 31, 61, 'b46198f899b5e76a'],
  [97, 61, 1, 32, 32, '399b0702cc1d8627'],
  [97, 61, 1, 256, 256, '2afa5780f99a19b4'],
  [97, 61, 1, 1, 1, '76be8b528d0075f7'],
  [97, 61, 1, 97, 20, '09df57344df49f42'],
  [97, 61, 1, 31, 61, '24a323ef841ea463'],
  [640, 480, 3, 32, 32, 'a60a3c19548bc4c9'],
  [640, 480, 3, 256, 256, 'fd6dbe2a0776c9e6'],
  [640, 480, 3, 1, 1, '757da53fef94420e'],
  [640, 480, 3, 97, 20, 'f01d7ed091baf0c5'],
  [640, 480, 3, 31, 61, '0fba7abbd02ea250'],
  [5, 3, 1, 32, 32, 'b90e7d913708f3fe'],
  [5, 3, 1, 256, 256, 'cb1d33e984d9d222'],
  [5, 3, 1, 1, 1, '265fda17a34611b1'],
  [5, 3, 1, 97, 20, '7dade8ceedaf4abf'],
  [5, 3, 1, 31, 61, '1b418f3cfc80b9a3'],
];

describe('resizing', () => {
  it.each(PILLOW)(
    'gives the values of PIL from %i×%i×%i to %i×%i',
    (width, height, channels, toWidth, toHeight, want) => {
      const source = { width, height, channels, data: pattern(width, height, channels) };
      expect(digest(resizePixels(source, toWidth, toHeight))).toBe(want);
    },
  );

  it('gives the values of PIL for a picture small enough to look at', () => {
    const source = { width: 5, height: 3, channels: 1, data: pattern(5, 3, 1) };
    expect([...resizePixels(source, 2, 2)]).toEqual([10, 39, 31, 78]);
  });

  it.each([
    [32, 32, 'a7acfff2c8fc3228'],
    [256, 256, '17f4681319015e5f'],
    [1, 1, '08a38eca38379939'],
  ])('gives the values of PIL in 16 bits, to %i×%i', (toWidth, toHeight, want) => {
    const data = Uint16Array.from({ length: 97 * 61 }, (_, i) => {
      const [x, y] = [i % 97, Math.floor(i / 97)];
      return (((x * x * 3 + y * y * 5 + x * y * 7) % 65536) * 13) % 65536;
    });
    expect(digest(resizePixels({ width: 97, height: 61, channels: 1, data }, toWidth, toHeight))).toBe(want);
  });

  it('gives the same in bands as in one go, whatever the bands', async () => {
    const source = { width: 640, height: 480, channels: 3, data: pattern(640, 480, 3) };
    const whole = resizePixels(source, 100, 700);
    expect(await resizeImage(source, 100, 700)).toEqual(whole);
    const resizer = new TriangleResizer({ ...source, bits: 8 }, { width: 100, height: 700 });
    for (let row = 0; row < 480; row += 7) resizer.push(source.data.subarray(row * 1920, (row + 7) * 1920));
    expect(resizer.finish()).toEqual(whole);
  });

  it('keeps a constant picture constant', () => {
    for (const value of [0, 1, 128, 255]) {
      const source = { width: 37, height: 11, channels: 1, data: new Uint8Array(37 * 11).fill(value) };
      expect(new Set(resizePixels(source, 16, 50))).toEqual(new Set([value]));
    }
  });

  it('changes nothing when the size stays', () => {
    const source = { width: 31, height: 17, channels: 3, data: pattern(31, 17, 3) };
    expect(resizePixels(source, 31, 17)).toEqual(source.data);
  });

  it('does not give out pixels before all rows came', () => {
    const resizer = new TriangleResizer({ width: 2, height: 4, channels: 1, bits: 8 }, { width: 2, height: 2 });
    resizer.push(new Uint8Array(4));
    expect(() => resizer.finish()).toThrow('2 of 4 rows');
  });
});

const skin = join(sharedFolder, 'data/isic2018-256/images/ISIC_0000000.jpg');
const nuclei = join(sharedFolder, 'data/dsb2018-nuclei/images/0ea221716cf13710.png');

describe.skipIf(!existsSync(skin))('resizing of real images (skipped where shared/ is missing)', () => {
  it('decodes and resizes a JPEG as PIL does', async () => {
    const image = await decodeImage(skin);
    expect(digest(image.data)).toBe('783b5e752c90d877');
    expect(digest(resizePixels(image, 100, 75))).toBe('82d8f2f4988403d9');
  });

  it('decodes and resizes an RGBA PNG as PIL does', async () => {
    const image = await decodeImage(nuclei);
    expect([image.width, image.height, image.hasAlpha]).toEqual([696, 520, true]);
    expect(digest(resizePixels(image, 256, 256))).toBe('ea7cf0fd16949d52');
  });
});
