import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../../../engine/dataset/images/formats/byte-reader.ts';
import { readPngIndices } from '../../../../engine/dataset/images/formats/png-indices.ts';
import { ImageError } from '../../../../engine/dataset/images/image-error.ts';
import { dice, makePng } from '../../make-image.ts';

const read = async (bytes: Buffer) => readPngIndices(await openBytes(bytes, 'mask.png'));
const roll = dice(11);
const random = (length: number, below: number): number[] => Array.from({ length }, () => roll(below));
const palette = random(768, 256);

describe("a PNG's numbers", () => {
  for (const bits of [1, 2, 4, 8] as const) {
    for (const interlaced of [false, true]) {
      it(`come out as they are: ${bits} bits${interlaced ? ', interlaced' : ''}, all row filters, odd sizes`, async () => {
        for (const [width, height] of [
          [1, 1],
          [3, 2],
          [8, 8],
          [13, 21],
          [5, 1],
          [1, 9],
          [64, 33],
        ] as const) {
          const samples = random(width * height, 1 << bits);
          const parts = { width, height, bits, samples, interlaced, filters: [0, 1, 2, 3, 4] };
          const colored = await read(makePng({ ...parts, colorType: 3, palette: palette.slice(0, 3 << bits) }));
          expect([...colored.indices]).toEqual(samples);
          expect(colored).toMatchObject({ width, height, bits, hasPalette: true });
          expect([...colored.palette]).toEqual(palette.slice(0, 3 << bits));
          const grey = await read(makePng({ ...parts, colorType: 0 }));
          expect([...grey.indices]).toEqual(samples);
          expect(grey.hasPalette).toBe(false);
        }
      });
    }
  }

  it('come out of a large picture in pieces', async () => {
    const samples = randomBytes(1500 * 700);
    const image = await read(makePng({ width: 1500, height: 700, bits: 8, colorType: 0, samples }));
    expect(Buffer.compare(Buffer.from(image.indices), samples)).toBe(0);
  });

  it('are not looked for in color and 16-bit files', async () => {
    const rgb = makePng({ width: 1, height: 1, bits: 8, colorType: 2, samples: [1, 2, 3] });
    await expect(read(rgb)).rejects.toMatchObject({ code: 'image-not-supported' });
  });

  it('that are fewer than the size says are an error before anything is allocated', async () => {
    const bytes = makePng({ width: 2, height: 2, bits: 8, colorType: 0, samples: [1, 2, 3, 4] });
    const lie = makePng({ width: 30000, height: 1, bits: 8, colorType: 0, samples: random(30000, 2) });
    // The header of the wide one, then the data of the small one.
    const both = Buffer.concat([lie.subarray(0, 33), bytes.subarray(33)]);
    await expect(read(both)).rejects.toMatchObject({ code: 'image-truncated' });
  });

  it('with random damage come out, or a named error does, never anything else', async () => {
    const whole = [
      makePng({ width: 20, height: 9, bits: 8, colorType: 3, palette, samples: random(180, 256), filters: [4, 3, 1] }),
      makePng({ width: 9, height: 17, bits: 2, colorType: 0, samples: random(153, 4), interlaced: true }),
    ];
    const { crc32 } = await import('node:zlib');
    for (let round = 0; round < 800; round++) {
      const bytes = Buffer.from(whole[round % 2]!);
      for (let hits = roll(4); hits >= 0; hits--) bytes[8 + roll(bytes.length - 8)] = roll(256);
      // Half of them with right checksums, so that the damage gets further in.
      if (roll(2) === 0) {
        for (let at = 8; at + 12 <= bytes.length;) {
          const end = at + 8 + bytes.readUInt32BE(at);
          if (end + 4 > bytes.length) break;
          bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
          at = end + 4;
        }
      }
      const part = roll(3) === 0 ? bytes.subarray(0, roll(bytes.length)) : bytes;
      try {
        const image = await read(part);
        expect(image.width * image.height).toBeLessThanOrEqual(part.length * 1032 * 8);
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError);
      }
    }
  });
});
