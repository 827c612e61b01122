import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { makeThumbnail } from '../../../engine/dataset/images/thumbnail.ts';
import { temporaryFolder, writeBytes } from '../../fixtures/disc-pictures.ts';

const [width, height] = [60, 40];

/** The left half `dark`, the right half `bright`. */
function halves<Values extends Uint8Array | Uint16Array>(
  values: Values,
  channels: number,
  dark: number,
  bright: number,
) {
  values.forEach((_, at) => (values[at] = Math.floor(at / channels) % width < width / 2 ? dark : bright));
  return sharp(values, { raw: { width, height, channels: channels as 1 | 3 } });
}

async function read(path: string, side: number) {
  const { data, ...rest } = await makeThumbnail(path, side);
  const { data: pixels, info } = await sharp(data).raw().toBuffer({ resolveWithObject: true });
  const at = (share: number): number =>
    pixels[(Math.floor(info.height / 2) * info.width + Math.floor(share * info.width)) * info.channels]!;
  return { ...rest, left: at(0.2), right: at(0.8) };
}

describe('a thumbnail', () => {
  it('fits into its side, and small pictures stay as they are', async () => {
    const path = join(temporaryFolder(), 'a.png');
    await halves(new Uint8Array(width * height * 3), 3, 20, 200).toFile(path);
    expect(await read(path, 30)).toMatchObject({ width: 30, height: 20, type: 'image/webp' });
    const whole = await read(path, 500);
    expect([whole.width, whole.height]).toEqual([60, 40]);
    expect(Math.abs(whole.left - 20)).toBeLessThan(12);
    expect(Math.abs(whole.right - 200)).toBeLessThan(12);
  });

  it('stretches 16 bits, of which a camera often uses few', async () => {
    for (const channels of [1, 3]) {
      const path = join(temporaryFolder(), 'a.png');
      const space = channels === 1 ? 'grey16' : 'rgb16';
      await halves(new Uint16Array(width * height * channels), channels, 1000, 1400)
        .toColourspace(space)
        .toFile(path);
      const { left, right, ...size } = await read(path, 30);
      expect(size).toMatchObject({ width: 30, height: 20 });
      expect(left).toBeLessThan(12);
      expect(right).toBeGreaterThan(243);
    }
  });

  it('says which file is no picture', async () => {
    const path = join(temporaryFolder(), 'a.png');
    writeBytes(path, 'text');
    await expect(makeThumbnail(path, 64)).rejects.toMatchObject({ code: 'image-not-readable', path });
  });
});
