import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { reduceImage } from '../../../renderer/canvas/view/reduce.ts';

const [width, height, factor] = [203, 151, 4];

/** Slopes of their own in every channel, so that a mean is what lies in the middle. */
function slopes(channels: 1 | 3, greatest: number): Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  const values = Array.from({ length: width * height * channels }, (_, at) => {
    const [x, y] = [Math.floor(at / channels) % width, Math.floor(at / channels / width)];
    const share = [x / width, y / height, 1 - x / width][at % channels]!;
    return Math.round(share * greatest);
  });
  return greatest > 255 ? Uint16Array.from(values) : Uint8Array.from(values);
}

it.each([
  { name: 'color.jpg', channels: 3, bits: 8, space: 'srgb' },
  { name: 'grey.jpg', channels: 1, bits: 8, space: 'b-w' },
  { name: 'color.png', channels: 3, bits: 8, space: 'srgb' },
  { name: 'grey.png', channels: 1, bits: 8, space: 'b-w' },
  { name: 'color16.png', channels: 3, bits: 16, space: 'rgb16' },
  { name: 'grey16.png', channels: 1, bits: 16, space: 'grey16' },
] as const)('a sketch has the colors of its image, in its own kind of values: $name', async ({ name, ...kind }) => {
  const { channels, bits, space } = kind;
  const greatest = 2 ** bits - 1;
  const folder = temporaryFolder();
  const data = slopes(channels, greatest);
  await sharp(data, { raw: { width, height, channels } })
    .toColourspace(space)
    .jpeg({ quality: 95, force: false })
    .toFile(join(folder, name));
  const client = connectInProcess();
  onTestFinished(() => client.close());
  const { project } = await client.request('dataset.import', { folder });
  const [image] = (await client.request('images.list', { project })).images;
  const sketch = await client.request('image.sketch', { project, image: image!.id, factor });
  expect(sketch).toMatchObject({ width: 51, height: 38, channels, bits });
  const values = bits === 8 ? sketch.data : new Uint16Array(sketch.data.slice().buffer);
  const means = Array.from(reduceImage({ width, height, channels, data }, factor, 0, 38));
  expect(values).toHaveLength(means.length);
  const furthest = means.map((mean, at) => Math.abs(mean - values[at]!)).reduce((a, b) => Math.max(a, b), 0);
  expect(furthest).toBeLessThan(0.04 * greatest);
});
