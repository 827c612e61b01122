import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawOverlay, writeOverlay } from '../../../engine/dataset/export/overlay.ts';
import { disc, temporaryFolder, writePicture } from '../../fixtures/disc-pictures.ts';

const classes = [
  { name: 'cell', color: '#ff0000' },
  { name: 'debris', color: '#0000ff' },
];

/** Labels of a 9×9 square, 5×5 of class `index` in the middle. */
function square(index: number): Uint8Array {
  return Uint8Array.from({ length: 81 }, (_, at) => {
    const inside = (value: number): boolean => value >= 2 && value <= 6;
    return inside(at % 9) && inside(Math.floor(at / 9)) ? index : 0;
  });
}

async function drawn(labels: Uint8Array): Promise<number[][]> {
  const pixels = new Uint8Array(81 * 3).fill(100);
  await drawOverlay(pixels, labels, { width: 9, height: 9 }, classes);
  return Array.from({ length: 81 }, (_, at) => [...pixels.subarray(3 * at, 3 * at + 3)]);
}

const at = (x: number, y: number): number => 9 * y + x;

describe('an overlay', () => {
  it('has full color along the edge of an object, a third of it inside, and the image elsewhere', async () => {
    const pixels = await drawn(square(1));
    expect(pixels[at(1, 4)]).toEqual([100, 100, 100]);
    expect(pixels[at(2, 4)]).toEqual([255, 0, 0]);
    expect(pixels[at(6, 6)]).toEqual([255, 0, 0]);
    expect(pixels[at(4, 4)]).toEqual([154, 65, 65]);
    const count = (wanted: string): number => pixels.filter((pixel) => pixel.join() === wanted).length;
    expect([count('255,0,0'), count('154,65,65'), count('100,100,100')]).toEqual([16, 9, 56]);
  });

  it('leaves unlabelled pixels and values without a class as they are', async () => {
    for (const value of [255, 0, 3]) {
      expect(new Set((await drawn(square(value))).map((pixel) => pixel.join()))).toEqual(new Set(['100,100,100']));
    }
  });

  it('has no outline where an object meets the border of the image', async () => {
    const whole = await drawn(new Uint8Array(81).fill(1));
    expect(new Set(whole.map((pixel) => pixel.join()))).toEqual(new Set(['154,65,65']));
  });

  it('of an image larger than what is drawn in one go has no seams', async () => {
    const [width, height] = [1500, 700];
    const pixels = new Uint8Array(width * height * 3);
    await drawOverlay(pixels, new Uint8Array(width * height).fill(1), { width, height }, classes);
    const wrong = pixels.findIndex((value, index) => value !== (index % 3 === 0 ? 89 : 0));
    expect(wrong).toBe(-1);
  });
});

describe('an overlay as a file', () => {
  it('is upright like the labels', async () => {
    const folder = temporaryFolder();
    const image = join(folder, 'turned.jpg');
    // Orientation 6 is stored turned by a quarter: upright it is 20 wide and 30 high.
    const pixels = new Uint8Array(30 * 20 * 3).fill(128);
    await sharp(pixels, { raw: { width: 30, height: 20, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toFile(image);
    const labels = new Uint8Array(600);
    labels.fill(1, 0, 20);
    const path = join(folder, 'out.png');
    await writeOverlay(path, image, labels, classes);
    const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([20, 30]);
    expect(data[0]).toBeGreaterThan(240);
    expect(Math.abs(data[3 * 20 * 25]! - 128)).toBeLessThan(6);
  });

  it('of a deep grey image spreads its range, so that a dark one can be seen', async () => {
    const folder = temporaryFolder();
    const image = join(folder, 'deep.png');
    const values = Uint16Array.from({ length: 16 }, (_, index) => 1000 + 10 * index);
    await sharp(values, { raw: { width: 4, height: 4, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(image);
    await writeOverlay(join(folder, 'out.png'), image, new Uint8Array(16), classes);
    const out = await sharp(join(folder, 'out.png')).raw().toBuffer();
    expect([...out.subarray(0, 6)]).toEqual([0, 0, 0, 17, 17, 17]);
    expect([...out.subarray(45, 48)]).toEqual([255, 255, 255]);
  });

  it('is refused for an image that has another size by now, and leaves no file', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'a.png'), 1);
    const labels = disc(1, { width: 32, height: 24 });
    await expect(writeOverlay(join(folder, 'out.png'), join(folder, 'a.png'), labels, classes)).rejects.toMatchObject({
      code: 'image-size-changed',
    });
    expect(readdirSync(folder)).toEqual(['a.png']);
  });
});
