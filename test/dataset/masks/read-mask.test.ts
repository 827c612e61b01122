import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sharedFolder } from '../../fixtures/shared.ts';
import { makeBmp, makePng, scratchFolder } from '../make-image.ts';
import { readMaskFile } from './read-mask-file.ts';

const folder = scratchFolder();

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

const three = { width: 3, height: 1 };
const size = { width: 3, height: 1 };
const labels = async (path: string, options: object = three): Promise<number[]> => [
  ...(await readMaskFile(path, { ...three, ...options })).labels,
];

describe('a mask file', () => {
  it('may be grey, of one bit, with a palette, in colors, with alpha: the shape is the same', async () => {
    const palette = [0, 0, 0, 200, 0, 0];
    const files = [
      makePng({ ...size, bits: 8, colorType: 0, samples: [0, 255, 0] }),
      makePng({ ...size, bits: 1, colorType: 0, samples: [0, 1, 0] }),
      makePng({ ...size, bits: 16, colorType: 0, samples: [0, 65535, 0] }),
      makePng({ ...size, bits: 1, colorType: 3, palette, samples: [0, 1, 0] }),
      makePng({ ...size, bits: 8, colorType: 2, samples: [0, 0, 0, 255, 255, 255, 0, 0, 0] }),
      makePng({ ...size, bits: 8, colorType: 2, samples: [0, 0, 0, 0, 200, 0, 0, 0, 0] }),
      makePng({ ...size, bits: 8, colorType: 4, samples: [0, 255, 255, 255, 0, 255] }),
      makePng({ ...size, bits: 8, colorType: 6, samples: [0, 0, 0, 255, 255, 255, 255, 255, 0, 0, 0, 255] }),
      makePng({ ...size, bits: 8, colorType: 6, samples: [0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0] }),
      makeBmp({ ...size, bits: 24, data: Buffer.from([0, 0, 0, 255, 255, 255, 0, 0, 0, 0, 0, 0]) }),
      makeBmp({ ...size, bits: 8, palette, data: Buffer.from([0, 1, 0, 0]) }),
    ];
    for (const bytes of files) expect(await labels(file('mask', bytes))).toEqual([0, 1, 0]);
  });

  it('keeps the class numbers of a palette PNG and of greys of few bits', async () => {
    const palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
    expect(
      await labels(file('p.png', makePng({ ...size, bits: 2, colorType: 3, palette, samples: [3, 0, 2] }))),
    ).toEqual([3, 0, 2]);
    expect(await labels(file('g.png', makePng({ ...size, bits: 4, colorType: 0, samples: [2, 0, 5] })))).toEqual([
      2, 0, 5,
    ]);
    const ramp = Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
    expect(
      await labels(file('r.png', makePng({ ...size, bits: 8, colorType: 3, palette: ramp, samples: [0, 255, 0] }))),
    ).toEqual([0, 1, 0]);
  });

  it('saved as JPEG is cut at half', async () => {
    const pixels = Uint8Array.from({ length: 64 * 64 }, (_, i) => (i % 64 < 32 ? 0 : 255));
    const jpeg = await sharp(pixels, { raw: { width: 64, height: 64, channels: 1 } })
      .jpeg({ quality: 60 })
      .toBuffer();
    const fit = { width: 64, height: 64 };
    const read = await readMaskFile(file('m.jpg', jpeg), fit);
    expect([...read.labels]).toEqual([...pixels].map((value) => value / 255));
  });

  it('of another size than its image is an error that says both sizes', async () => {
    const path = file('small.png', makePng({ ...size, bits: 8, colorType: 0, samples: [0, 255, 0] }));
    const failed = readMaskFile(path, { width: 6, height: 2 });
    await expect(failed).rejects.toMatchObject({ code: 'mask-size-mismatch' });
    await expect(failed).rejects.toThrow(/3×1.*6×2/);
  });

  it('that fits its image before EXIF orientation is turned along', async () => {
    const path = file('turned.png', makePng({ ...size, bits: 8, colorType: 0, samples: [1, 2, 3] }));
    const read = (orientation: number) => readMaskFile(path, { width: 1, height: 3, orientation });
    expect(await read(6)).toEqual({ labels: Uint8Array.of(1, 2, 3), fit: ['turned'] });
    expect(await read(8)).toEqual({ labels: Uint8Array.of(3, 2, 1), fit: ['turned'] });
    await expect(read(1)).rejects.toMatchObject({ code: 'mask-size-mismatch' });
  });

  it('that fits either way is taken as upright, and it is said', async () => {
    const path = file('either.png', makePng({ ...size, bits: 8, colorType: 0, samples: [1, 2, 3] }));
    expect(await readMaskFile(path, { ...three, orientation: 3 })).toEqual({
      labels: Uint8Array.of(1, 2, 3),
      fit: ['orientation-unsure'],
    });
  });
});

const shared = join(sharedFolder, 'data');
describe.skipIf(!existsSync(shared))('real masks (skipped where shared/ is missing)', () => {
  it.each(['isic2018-256', 'dsb2018-nuclei'])('of %s have a class and a background', async (name) => {
    const masks = join(shared, name, 'masks');
    for (const mask of readdirSync(masks).slice(0, 8)) {
      const path = join(masks, mask);
      const { width, height } = await sharp(path).metadata();
      const read = await readMaskFile(path, { width, height });
      expect(new Set(read.labels)).toEqual(new Set([0, 1]));
      const raw = await sharp(path).toColourspace('b-w').extractChannel(0).raw().toBuffer();
      expect(read.labels.reduce((sum, label) => sum + label, 0)).toBe(raw.filter((value) => value >= 128).length);
    }
  });
});
