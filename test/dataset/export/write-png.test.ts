import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { openBytes } from '../../../engine/dataset/images/formats/byte-reader.ts';
import { readPngIndices } from '../../../engine/dataset/images/formats/png-indices.ts';
import { writeBinaryMask, writeIndexMask } from '../../../engine/dataset/export/write-mask.ts';
import { writePng } from '../../../engine/dataset/export/write-png.ts';
import { writeProbabilityArray, writeProbabilityPngs } from '../../../engine/dataset/export/write-probabilities.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';

async function indicesOf(path: string) {
  const file = await openBytes(path, path);
  try {
    return await readPngIndices(file);
  } finally {
    await file.close();
  }
}

/** 16-bit greys as sharp, an independent decoder, sees them. */
async function deepGreys(path: string): Promise<number[]> {
  const bytes = await sharp(path).toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer();
  return [...new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)];
}

/** Values that no filter makes simple. */
const noise = (count: number, most: number): number[] =>
  Array.from({ length: count }, (_, at) => (Math.imul(at + 1, 2654435761) >>> 8) % (most + 1));

describe('a PNG', () => {
  it.each([
    [1, 1],
    [1, 7],
    [7, 1],
    [13, 11],
  ])('of %i×%i comes back as it was handed over, however small the pieces', async (width, height) => {
    const folder = temporaryFolder();
    const values = noise(width * height, 255);
    for (const piece of [1, 5, 1000]) {
      const path = join(folder, `grey-${piece}.png`);
      await writePng(path, { width, height, kind: 'grey8' }, async (append) => {
        for (let at = 0; at < values.length; at += piece) {
          await append(Uint8Array.from(values.slice(at, at + piece)));
        }
      });
      const back = await sharp(path).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
      expect([back.info.width, back.info.height, back.info.channels]).toEqual([width, height, 1]);
      expect([...back.data]).toEqual(values);
    }
  });

  it('of 16 bits keeps every value, in pieces that end within a row too', async () => {
    const path = join(temporaryFolder(), 'deep.png');
    const values = noise(13 * 11, 65535);
    await writePng(path, { width: 13, height: 11, kind: 'grey16' }, async (append) => {
      for (let at = 0; at < values.length; at += 5) await append(Uint16Array.from(values.slice(at, at + 5)));
    });
    expect(await deepGreys(path)).toEqual(values);
    expect((await sharp(path).metadata()).depth).toBe('ushort');
  });

  it('larger than what is compressed in one go comes back whole', async () => {
    const path = join(temporaryFolder(), 'large.png');
    const [width, height] = [1201, 907];
    const values = Uint8Array.from(noise(width * height, 255));
    await writePng(path, { width, height, kind: 'grey8' }, (append) => append(values));
    const back = await sharp(path).toColourspace('b-w').raw().toBuffer();
    expect(Buffer.compare(back, values)).toBe(0);
  });

  it('with too few or too many values is an error, and no file', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.png');
    for (const count of [0, 11, 13, 15, 16]) {
      const written = writePng(path, { width: 4, height: 3, kind: 'grey8' }, (append) => append(new Uint8Array(count)));
      await expect(written, String(count)).rejects.toThrow(/rows of 3/);
    }
    const broken = writePng(path, { width: 4, height: 3, kind: 'grey8' }, () => Promise.reject(new Error('no pixels')));
    await expect(broken).rejects.toThrow('no pixels');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a mask', () => {
  const classes = [
    { name: 'cell', color: '#e69f00' },
    { name: 'debris', color: '#0072b2' },
  ];

  it('of indices has the numbers of the classes and their colors, and 255 where nothing is labelled', async () => {
    const path = join(temporaryFolder(), 'index.png');
    const labels = Uint8Array.of(0, 1, 2, 255, 2, 0);
    await writeIndexMask(path, labels, { width: 3, height: 2 }, classes);
    const back = await indicesOf(path);
    expect([back.hasPalette, back.width, back.height, [...back.indices]]).toEqual([true, 3, 2, [...labels]]);
    expect([...back.palette.subarray(0, 9)]).toEqual([0, 0, 0, 0xe6, 0x9f, 0x00, 0x00, 0x72, 0xb2]);
    expect([...back.palette.subarray(765, 768)]).toEqual([224, 224, 192]);
    const seen = await sharp(path).removeAlpha().toColourspace('srgb').raw().toBuffer();
    expect([...seen.subarray(3, 9)]).toEqual([0xe6, 0x9f, 0x00, 0x00, 0x72, 0xb2]);
  });

  it('of indices without unlabelled pixels has no more colors than there are classes', async () => {
    const path = join(temporaryFolder(), 'index.png');
    await writeIndexMask(path, Uint8Array.of(0, 1, 2, 2), { width: 2, height: 2 }, classes);
    expect((await indicesOf(path)).palette).toHaveLength(9);
  });

  it('of one class is 0 and 255, also where another class or nothing is', async () => {
    const path = join(temporaryFolder(), 'binary.png');
    await writeBinaryMask(path, Uint8Array.of(0, 1, 2, 255), { width: 2, height: 2 }, 2);
    expect([...(await indicesOf(path)).indices]).toEqual([0, 0, 255, 0]);
    expect(readFileSync(path)[25]).toBe(0);
  });
});

describe('probabilities', () => {
  const size = { width: 3, height: 2 };
  /** (height, width, 2), two of them out of range as rounding leaves them. */
  const values = Float32Array.of(0, 1, 0.5, 0.25, 1, 0, -1e-7, 1.0000001, 0.2, 0.8, 0.1, 0.9);

  it('are a PNG of 16 bits a class, in which 65535 is 1', async () => {
    const folder = temporaryFolder();
    const paths = [join(folder, 'a.png'), join(folder, 'b.png')];
    await writeProbabilityPngs(paths, size, async (append) => {
      await append(values.subarray(0, 4));
      await append(values.subarray(4));
    });
    const planes = [0, 1].map((index) =>
      [...values]
        .filter((_, at) => at % 2 === index)
        .map((value) => Math.round(65535 * Math.min(1, Math.max(0, value)))),
    );
    expect([await deepGreys(paths[0]!), await deepGreys(paths[1]!)]).toEqual(planes);
  });

  it('of which some are missing are no files at all', async () => {
    const folder = temporaryFolder();
    const paths = [join(folder, 'a.png'), join(folder, 'b.png')];
    const written = writeProbabilityPngs(paths, size, (append) => append(values.subarray(0, 8)));
    await expect(written).rejects.toThrow(/rows of 2/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are an array (height, width, K), or (height, width) for one class', async () => {
    const folder = temporaryFolder();
    await writeProbabilityArray(join(folder, 'two.npy'), size, 2, (append) => append(values));
    await writeProbabilityArray(join(folder, 'one.npy'), size, 1, (append) => append(values.subarray(0, 6)));
    const two = await readNpy(join(folder, 'two.npy'));
    expect([two.type, two.shape, [...two.values]]).toEqual(['f4', [2, 3, 2], [...values]]);
    expect((await readNpy(join(folder, 'one.npy'))).shape).toEqual([2, 3]);
  });
});
