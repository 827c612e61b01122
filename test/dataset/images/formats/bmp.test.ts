import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../../engine/dataset/images/decode-image.ts';
import { readBmp } from '../../../../engine/dataset/images/formats/bmp.ts';
import { openBytes } from '../../../../engine/dataset/images/formats/byte-reader.ts';
import { ImageError } from '../../../../engine/dataset/images/image-error.ts';
import { dice, makeBmp } from '../../make-image.ts';

const pixels = async (bytes: Buffer): Promise<number[]> => [...(await decodeImage(bytes)).data];
const indices = async (bytes: Buffer): Promise<number[]> => {
  const image = await readBmp(await openBytes(bytes, 'a.bmp'));
  return image.kind === 'indexed' ? [...image.indices] : [];
};
const ramp = Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));

describe('BMP', () => {
  it('has its rows from bottom to top, each padded to four bytes, blue first', async () => {
    const data = Buffer.from([3, 2, 1, 6, 5, 4, 0, 0, 9, 8, 7, 12, 11, 10, 0, 0]);
    expect(await pixels(makeBmp({ width: 2, height: 2, bits: 24, data }))).toEqual([
      7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6,
    ]);
  });

  it('may have its rows from top to bottom', async () => {
    const data = Buffer.from([3, 2, 1, 0, 6, 5, 4, 0]);
    expect(await pixels(makeBmp({ width: 1, height: 2, bits: 24, topDown: true, data }))).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('of 32 bits loses its fourth byte', async () => {
    expect(await pixels(makeBmp({ width: 1, height: 1, bits: 32, data: Buffer.from([3, 2, 1, 0]) }))).toEqual([
      1, 2, 3,
    ]);
  });

  it('of 16 bits is stretched as PIL does: 5-5-5, and 5-6-5 by its fields', async () => {
    const data = Buffer.from([0b11101111, 0b00111101, 0, 0]);
    const [r, g, b] = [15, 15, 15].map((value) => Math.floor((value * 255) / 31));
    expect(await pixels(makeBmp({ width: 1, height: 1, bits: 16, data }))).toEqual([r, g, b]);
    const fields = [0xf800, 0x07e0, 0x001f];
    const green = Buffer.from([0xe0, 0x07, 0, 0]);
    expect(await pixels(makeBmp({ width: 1, height: 1, bits: 16, compression: 3, fields, data: green }))).toEqual([
      0, 255, 0,
    ]);
  });

  it('of 8 bits with a ramp of greys is grey; the numbers stay at hand', async () => {
    const bytes = makeBmp({ width: 3, height: 1, bits: 8, palette: ramp, data: Buffer.from([7, 0, 255, 0]) });
    expect(await decodeImage(bytes)).toMatchObject({ channels: 1, bits: 8, format: 'bmp' });
    expect(await pixels(bytes)).toEqual([7, 0, 255]);
    expect(await indices(bytes)).toEqual([7, 0, 255]);
  });

  it('of 1 and 4 bits has its numbers from the high bits on', async () => {
    const two = [0, 0, 0, 255, 255, 255];
    const one = makeBmp({
      width: 10,
      height: 1,
      bits: 1,
      palette: two,
      data: Buffer.from([0b10110000, 0b01000000, 0, 0]),
    });
    expect(await indices(one)).toEqual([1, 0, 1, 1, 0, 0, 0, 0, 0, 1]);
    expect(await decodeImage(one)).toMatchObject({
      channels: 1,
      data: Uint8Array.of(255, 0, 255, 255, 0, 0, 0, 0, 0, 255),
    });
    const palette = [9, 9, 9, 1, 2, 3, 4, 5, 6];
    const four = makeBmp({ width: 3, height: 1, bits: 4, palette, data: Buffer.from([0x12, 0x00, 0, 0]) });
    expect(await indices(four)).toEqual([1, 2, 0]);
    expect(await pixels(four)).toEqual([1, 2, 3, 4, 5, 6, 9, 9, 9]);
  });

  it('may be run-length coded', async () => {
    // Two rows: 3 × 5; then as they stand 1, 2, 3, padded; end.
    const rle8 = Buffer.from([3, 5, 0, 0, 0, 3, 1, 2, 3, 0, 0, 1]);
    expect(await indices(makeBmp({ width: 3, height: 2, bits: 8, compression: 1, palette: ramp, data: rle8 }))).toEqual(
      [1, 2, 3, 5, 5, 5],
    );
    const palette = ramp.slice(0, 48);
    const rle4 = Buffer.from([5, 0x12, 0, 0, 0, 3, 0x34, 0x50, 0, 1]);
    expect(await indices(makeBmp({ width: 5, height: 2, bits: 4, compression: 2, palette, data: rle4 }))).toEqual([
      3, 4, 5, 0, 0, 1, 2, 1, 2, 1,
    ]);
    const jump = Buffer.from([0, 2, 1, 1, 1, 9, 0, 1]);
    expect(await indices(makeBmp({ width: 3, height: 2, bits: 8, compression: 1, palette: ramp, data: jump }))).toEqual(
      [0, 9, 0, 0, 0, 0],
    );
  });

  it.each([
    ['that is cut short', makeBmp({ width: 9, height: 9, bits: 24, data: Buffer.alloc(100) }), 'image-truncated'],
    [
      'whose size is not backed by its length',
      makeBmp({ width: 30000, height: 30000, bits: 8, compression: 1, palette: ramp, data: Buffer.alloc(99) }),
      'image-truncated',
    ],
    [
      'of more than a gigapixel',
      makeBmp({ width: 60000, height: 60000, bits: 24, data: Buffer.alloc(9) }),
      'image-too-large',
    ],
    [
      'with a JPEG inside',
      makeBmp({ width: 9, height: 9, bits: 24, compression: 4, data: Buffer.alloc(999) }),
      'image-not-supported',
    ],
    ['of no width', makeBmp({ width: 0, height: 9, bits: 24, data: Buffer.alloc(999) }), 'image-not-supported'],
  ])('%s is a named error', async (_, bytes, code) => {
    await expect(decodeImage(bytes)).rejects.toMatchObject({ code });
  });

  it('with random damage gives pixels or a named error, never anything else', async () => {
    const roll = dice(3);
    const whole = [
      makeBmp({ width: 20, height: 9, bits: 24, data: Buffer.alloc(540, 100) }),
      makeBmp({ width: 20, height: 9, bits: 8, palette: ramp, data: Buffer.alloc(180, 3) }),
      makeBmp({ width: 9, height: 4, bits: 4, palette: ramp.slice(0, 48), data: Buffer.alloc(32, 0x21) }),
      makeBmp({
        width: 20,
        height: 3,
        bits: 8,
        compression: 1,
        palette: ramp,
        data: Buffer.from([20, 1, 0, 0, 20, 2, 0, 0, 20, 3, 0, 1]),
      }),
    ];
    for (let round = 0; round < 1500; round++) {
      const bytes = Buffer.from(whole[round % whole.length]!);
      for (let hits = roll(4); hits >= 0; hits--) bytes[roll(Math.min(bytes.length, 80))] = roll(256);
      const part = roll(3) === 0 ? bytes.subarray(0, roll(bytes.length)) : bytes;
      try {
        const image = await readBmp(await openBytes(part, 'a.bmp'));
        expect(image.width * image.height).toBeLessThanOrEqual(part.length * 128);
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError);
      }
    }
  });
});
