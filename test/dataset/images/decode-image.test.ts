import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../engine/dataset/images/decode-image.ts';
import { decodeResized } from '../../../engine/dataset/images/decode-resized.ts';
import { ImageError } from '../../../engine/dataset/images/image-error.ts';
import { probeImage } from '../../../engine/dataset/images/probe-image.ts';
import { resizePixels } from '../../../engine/dataset/images/resize-image.ts';
import { dice, makeBmp, makePng, makeTiff, scratchFolder } from '../make-image.ts';

const folder = scratchFolder();

function file(name: string, bytes: Uint8Array | string): string {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
}

async function failure(input: string | Buffer): Promise<ImageError> {
  try {
    await decodeImage(input);
  } catch (error) {
    if (error instanceof ImageError) return error;
    throw error;
  }
  throw new Error('it was decoded');
}

const roll = dice(7);
const random = (length: number, below: number): number[] => Array.from({ length }, () => roll(below));

describe('decoding keeps the values of the file', () => {
  it.each([
    ['8-bit grey', { bits: 8, colorType: 0 }, 1, [0]],
    ['8-bit RGB', { bits: 8, colorType: 2 }, 3, [0, 1, 2]],
    ['16-bit grey', { bits: 16, colorType: 0 }, 1, [0]],
    ['16-bit RGB', { bits: 16, colorType: 2 }, 3, [0, 1, 2]],
    ['8-bit grey with alpha', { bits: 8, colorType: 4 }, 2, [0]],
    ['8-bit RGB with alpha', { bits: 8, colorType: 6 }, 4, [0, 1, 2]],
    ['16-bit RGB with alpha', { bits: 16, colorType: 6 }, 4, [0, 1, 2]],
  ] as const)('%s PNG', async (_, parts, stored, kept) => {
    const samples = random(7 * 5 * stored, 1 << parts.bits);
    const image = await decodeImage(makePng({ width: 7, height: 5, samples, ...parts }));
    const want = samples.filter((_value, i) => kept.some((c) => c === i % stored));
    expect([...image.data]).toEqual(want);
    expect(image).toMatchObject({ width: 7, height: 5, channels: kept.length, bits: parts.bits, format: 'png' });
    expect(image.data).toBeInstanceOf(parts.bits === 16 ? Uint16Array : Uint8Array);
    expect(image.hasAlpha).toBe(stored === 2 || stored === 4);
  });

  it.each([
    ['8-bit grey', { bits: 8, channels: 1, photometric: 1 }],
    ['16-bit grey', { bits: 16, channels: 1, photometric: 1 }],
    ['8-bit RGB', { bits: 8, channels: 3, photometric: 2 }],
    ['16-bit RGB', { bits: 16, channels: 3, photometric: 2 }],
  ] as const)('%s TIFF', async (_, parts) => {
    const samples = random(6 * 4 * parts.channels, 1 << parts.bits);
    const image = await decodeImage(makeTiff({ width: 6, height: 4, samples, ...parts }));
    expect([...image.data]).toEqual(samples);
    expect(image).toMatchObject({ channels: parts.channels, bits: parts.bits, format: 'tiff' });
  });

  it('ignores a gamma chunk and a color profile', async () => {
    const samples = random(12, 256);
    const gamma = Buffer.alloc(4);
    gamma.writeUInt32BE(100000);
    const png = makePng({ width: 2, height: 2, bits: 8, colorType: 2, samples, extra: [['gAMA', gamma]] });
    expect([...(await decodeImage(png)).data]).toEqual(samples);
    const pixels = Uint8Array.from(samples);
    const p3 = await sharp(pixels, { raw: { width: 2, height: 2, channels: 3 } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
    expect([...(await decodeImage(p3)).data]).toEqual([...stored]);
  });

  it('turns 1-bit into 0 and 255', async () => {
    const png = makePng({ width: 3, height: 2, bits: 1, colorType: 0, samples: [0, 1, 1, 1, 0, 1] });
    expect([...(await decodeImage(png)).data]).toEqual([0, 255, 255, 255, 0, 255]);
  });

  it('expands palettes', async () => {
    const palette = [10, 20, 30, 200, 100, 0, 1, 2, 3];
    const png = makePng({ width: 2, height: 2, bits: 2, colorType: 3, samples: [2, 1, 0, 1], palette });
    const want = [1, 2, 3, 200, 100, 0, 10, 20, 30, 200, 100, 0];
    expect([...(await decodeImage(png)).data]).toEqual(want);
    const bmp = makeBmp({
      width: 2,
      height: 2,
      bits: 8,
      palette,
      topDown: true,
      data: Buffer.from([2, 1, 0, 0, 0, 1, 0, 0]),
    });
    expect([...(await decodeImage(bmp)).data]).toEqual(want);
  });

  it('turns CMYK into RGB by the formula of PIL', async () => {
    const samples = [174, 177, 255, 0, 1, 64, 241, 188, 0, 0, 0, 255, 0, 0, 0, 0];
    const tiff = makeTiff({ width: 2, height: 2, bits: 8, channels: 4, photometric: 5, samples });
    const image = await decodeImage(tiff);
    expect([...image.data]).toEqual([81, 78, 0, 67, 50, 4, 0, 0, 0, 255, 255, 255]);
  });

  it('takes the first frame of a film and the first page of a TIFF, and counts the others', async () => {
    const frames = await sharp(Buffer.concat([Buffer.alloc(27, 200), Buffer.alloc(27, 10)]), {
      raw: { width: 3, height: 6, channels: 3, pageHeight: 3 },
    })
      .gif()
      .toBuffer();
    expect((await probeImage(frames)).pages).toBe(2);
    expect([...(await decodeImage(frames)).data]).toEqual(new Array(27).fill(200));
    const tiff = makeTiff({
      width: 2,
      height: 2,
      bits: 8,
      channels: 1,
      photometric: 1,
      samples: [1, 2, 3, 4],
      pages: 3,
    });
    expect((await probeImage(tiff)).pages).toBe(3);
    expect([...(await decodeImage(tiff)).data]).toEqual([1, 2, 3, 4]);
  });

  it('reads WebP, lossless to the bit', async () => {
    const pixels = Uint8Array.from(random(5 * 4 * 3, 256));
    const webp = await sharp(pixels, { raw: { width: 5, height: 4, channels: 3 } })
      .webp({ lossless: true })
      .toBuffer();
    const image = await decodeImage(webp);
    expect(image.format).toBe('webp');
    expect([...image.data]).toEqual([...pixels]);
  });

  it('goes by the content of a file, not by its name', async () => {
    const path = file('really-a-png.jpg', makePng({ width: 1, height: 1, bits: 8, colorType: 0, samples: [77] }));
    expect(await decodeImage(path)).toMatchObject({ format: 'png', data: Uint8Array.of(77) });
  });

  it('reads names in Chinese and with spaces', async () => {
    mkdirSync(join(folder, '皮肤 图像'), { recursive: true });
    const png = makePng({ width: 1, height: 1, bits: 8, colorType: 0, samples: [5] });
    expect((await decodeImage(file('皮肤 图像/病变 一.png', png))).data[0]).toBe(5);
  });
});

describe('EXIF orientation', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('%i is applied, whole and in bands', async (orientation) => {
    const pixels = Uint8Array.from(random(40 * 30 * 3, 256));
    const plain = sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } });
    const tagged = await plain.clone().png().withMetadata({ orientation }).toBuffer();
    const turned = await sharp(tagged).autoOrient().raw().toBuffer({ resolveWithObject: true });
    const image = await decodeImage(tagged);
    expect(image).toMatchObject({ width: turned.info.width, height: turned.info.height });
    expect(Buffer.compare(Buffer.from(image.data), turned.data)).toBe(0);
    expect(await probeImage(tagged)).toMatchObject({ width: image.width, height: image.height, orientation });

    const whole = resizePixels(image, 13, 17);
    const banded = await decodeResized(tagged, 13, 17, { wholeBytes: 0, bandBytes: 40 * 3 * 7 });
    expect(banded).toMatchObject({ width: 13, height: 17 });
    const worst = Math.max(...banded.data.map((value, i) => Math.abs(value - whole[i]!)));
    expect(worst).toBeLessThanOrEqual(orientation >= 5 ? 1 : 0);
  });
});

describe('what cannot be decoded is named', () => {
  const jpeg = sharp(Uint8Array.from(random(64 * 48 * 3, 256)), { raw: { width: 64, height: 48, channels: 3 } });

  it.each(['jpeg', 'png', 'webp', 'tiff', 'gif'] as const)('a %s that is cut short', async (format) => {
    const whole = await jpeg.clone().toFormat(format).toBuffer();
    expect((await decodeImage(whole)).width).toBe(64);
    for (const share of [0.3, 0.6, 0.95]) {
      const error = await failure(file(`cut.${format}`, whole.subarray(0, Math.floor(whole.length * share))));
      expect(error.code).toBe('image-truncated');
      expect(error.message).toContain(`cut.${format}`);
    }
  });

  it('a progressive JPEG that lost its last two bytes', async () => {
    const whole = await jpeg.clone().jpeg({ progressive: true }).toBuffer();
    expect((await failure(whole.subarray(0, -2))).code).toBe('image-truncated');
  });

  it('a PNG with a changed byte', async () => {
    const bytes = await jpeg.clone().png().toBuffer();
    bytes[bytes.length >> 1]! ^= 0x55;
    expect((await failure(bytes)).code).toBe('image-not-readable');
  });

  it('an empty file', async () => {
    const error = await failure(file('empty.png', ''));
    expect(error.code).toBe('image-empty');
    expect(error.message).toContain('empty.png');
  });

  it.each([
    ['Dear all, here are the pictures.', 'text (“Dear all, here are the pictures.”)'],
    ['<!DOCTYPE html><html><body>404</body></html>', 'a web page'],
    ['<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'an SVG drawing'],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', 'a Git LFS pointer'],
    ['%PDF-1.7', 'a PDF document'],
    ['图像不在这里', 'text (“图像不在这里”)'],
    [Buffer.alloc(300), 'nothing but zero bytes'],
    [Buffer.from([1, 2, 3, 250, 251, 0, 9]), 'data of an unknown kind'],
  ])('a file named .png that holds something else (%#)', async (content, what) => {
    const error = await failure(file('other.png', content));
    expect(error.code).toBe('image-not-readable');
    expect(error.message).toContain(what);
  });

  it('a missing file and a folder', async () => {
    expect((await failure(join(folder, 'nowhere.png'))).code).toBe('image-missing');
    expect((await failure(folder)).code).toBe('image-not-readable');
  });

  it.each([
    ['32-bit floats', { bits: 32, sampleFormat: 3, channels: 1, photometric: 1 }],
    ['signed 16-bit', { bits: 16, sampleFormat: 2, channels: 1, photometric: 1 }],
    ['YCbCr', { bits: 8, channels: 3, photometric: 6 }],
    ['7 channels', { bits: 8, channels: 7, photometric: 1 }],
  ] as const)('a TIFF with %s', async (_, parts) => {
    const samples = new Array<number>(4 * parts.channels).fill(1);
    const error = await failure(makeTiff({ width: 2, height: 2, samples, ...parts }));
    expect(error.code).toBe('image-not-supported');
  });

  it('a picture of more than a gigapixel, before anything is decoded', async () => {
    const png = makePng({ width: 1, height: 1, bits: 1, colorType: 0, samples: [0] });
    png.writeUInt32BE(40000, 16);
    png.writeUInt32BE(40000, 20);
    const header = (await import('node:zlib')).crc32(png.subarray(12, 29));
    png.writeUInt32BE(header, 29);
    const error = await failure(png);
    expect(error.code).toBe('image-too-large');
    expect(error.message).toContain('40000×40000');
  });
});

describe('any size', () => {
  it('decodes and resizes 1×1', async () => {
    const png = makePng({ width: 1, height: 1, bits: 8, colorType: 2, samples: [9, 8, 7] });
    expect(await decodeImage(png)).toMatchObject({ width: 1, height: 1, channels: 3 });
    const large = await decodeResized(png, 4, 4);
    expect([...large.data.subarray(0, 6)]).toEqual([9, 8, 7, 9, 8, 7]);
  });

  it('resizes 12000×9000 without holding it whole', async () => {
    const path = join(folder, 'large.jpg');
    const tile = await sharp(
      Uint8Array.from({ length: 300 * 225 }, (_, i) => (i % 300) * 0.8),
      {
        raw: { width: 300, height: 225, channels: 1 },
      },
    )
      .resize(12000, 9000, { kernel: 'nearest' })
      .toColourspace('srgb')
      .jpeg({ quality: 60 })
      .toBuffer();
    writeFileSync(path, tile);
    expect(await probeImage(path)).toMatchObject({ width: 12000, height: 9000, channels: 3 });
    const before = process.memoryUsage().arrayBuffers;
    const watch = { peak: 0 };
    const timer = setInterval(() => (watch.peak = Math.max(watch.peak, process.memoryUsage().arrayBuffers)), 5);
    const small = await decodeResized(path, 256, 256);
    clearInterval(timer);
    expect(small.data.length).toBe(256 * 256 * 3);
    expect(Math.abs(small.data[0]! - 0)).toBeLessThan(4);
    expect(Math.abs(small.data[255 * 3]! - 239)).toBeLessThan(4);
    // Whole, it would be 324 MB.
    expect(watch.peak - before).toBeLessThan(200e6);
  });
});
