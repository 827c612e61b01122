import { existsSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decideLabel } from '../../engine/network/decide-label.ts';
import { openExecutorCompute } from '../../engine/infer/executor-predictor.ts';
import { predictImage } from '../../engine/infer/predict-image.ts';
import type { ImagePredictor } from '../../engine/infer/predict-image.ts';
import { BatchingPredictor } from '../../engine/infer/predictor.ts';
import { readCheckpoint } from '../../engine/network/checkpoint.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import type { NetworkConfig } from '../../engine/network/network-config.ts';
import { readSafetensors } from '../../engine/network/safetensors.ts';
import { temporaryFolder, writePicture } from '../fixtures/disc-pictures.ts';
import { sharedFolder } from '../fixtures/shared.ts';
import { narrow, quickExecutor } from '../train/tiny-spec.ts';

const size = { width: 64, height: 64 };

async function open(config: NetworkConfig, parameters: Float32Array): Promise<ImagePredictor> {
  const { compute, close } = await openExecutorCompute(quickExecutor, config, parameters, size, 4);
  onTestFinished(close);
  const { inputChannels: channels, classes, head: rule } = config;
  return { predictor: new BatchingPredictor(compute, 4), size, channels, classes, rule };
}

const fresh = (config: Partial<NetworkConfig> = {}): Promise<ImagePredictor> =>
  open({ ...narrow, ...config }, initialParameters({ ...narrow, ...config }, 'reference', 7));

/** Predicts, and keeps what was handed over of the probabilities. */
async function predict(predictor: ImagePredictor, path: string, width: number, height: number) {
  const pieces: Float32Array[] = [];
  const result = await predictImage(predictor, { path, width, height }, async (values) => {
    pieces.push(values.slice());
  });
  return { ...result, probabilities: Float32Array.from(pieces.flatMap((piece) => [...piece])) };
}

const checkpoints = join(sharedFolder, 'golden', 'checkpoints');

describe.skipIf(!existsSync(checkpoints))('the network that the reference code trained', () => {
  it('makes of a picture file what the reference makes of its pixels, as near as 8 bits let it', async () => {
    const { config, parameters } = readCheckpoint(join(checkpoints, 'best.pth'));
    const { tensors } = readSafetensors(join(checkpoints, 'expected.safetensors'));
    const [input, output] = [tensors.get('best.input')!.data, tensors.get('best.output')!.data];
    const predictor = await open(config, parameters);
    const pixels = size.width * size.height;
    const folder = temporaryFolder();
    for (const sample of [0, 1]) {
      const rgb = Uint8Array.from({ length: 3 * pixels }, (_, at) =>
        Math.round(input[(sample * 3 + (at % 3)) * pixels + Math.floor(at / 3)]!),
      );
      const path = join(folder, `${sample}.png`);
      await sharp(rgb, { raw: { ...size, channels: 3 } }).toFile(path);
      const { probabilities, labels } = await predict(predictor, path, 64, 64);
      const expected = output.subarray(sample * pixels, (sample + 1) * pixels);
      const apart = probabilities.map((value, at) => Math.abs(value - expected[at]!));
      expect(Math.max(...apart)).toBeLessThan(0.01);
      expect(apart.reduce((sum, value) => sum + value, 0) / pixels).toBeLessThan(0.001);
      expect([...labels]).toEqual([...probabilities].map((value) => Number(value >= 0.5)));
    }
  });
});

describe('an image', () => {
  it.each([
    [1, 1],
    [1, 300],
    [5000, 3],
    [65, 63],
    [640, 480],
  ])('of %i×%i gets a label and a probability for each of its pixels', async (width, height) => {
    const path = join(temporaryFolder(), 'p.png');
    await writePicture(path, 1, { width, height });
    const { labels, probabilities, uncertainty } = await predict(await fresh(), path, width, height);
    expect(labels).toHaveLength(width * height);
    expect(probabilities).toHaveLength(width * height);
    expect([...labels]).toEqual([...probabilities].map((value) => Number(value >= 0.5)));
    expect(uncertainty).toBeGreaterThan(0);
    expect(uncertainty).toBeLessThanOrEqual(1);
  });

  it.each<Partial<NetworkConfig>>([
    { classes: 3, head: 'softmax' },
    { classes: 3, head: 'sigmoid' },
  ])('is decided by the rule of its network: %o', async (config) => {
    const path = join(temporaryFolder(), 'p.png');
    await writePicture(path, 1, { width: 100, height: 80 });
    const { labels, probabilities } = await predict(await fresh(config), path, 100, 80);
    const wanted = Uint8Array.from(labels, (_, at) => decideLabel(probabilities, 3 * at, 3, config.head!));
    expect(labels).toEqual(wanted);
    expect(new Set(labels).size).toBeGreaterThan(2);
  });

  it('without any contrast is computed like any other, and has no holes', async () => {
    const folder = temporaryFolder();
    const predictor = await fresh();
    const maps = await Promise.all(
      ['#000000', '#808080', '#ffffff'].map(async (background, at) => {
        const path = join(folder, `${at}.png`);
        await sharp({ create: { width: 70, height: 50, channels: 3, background } }).toFile(path);
        return (await predict(predictor, path, 70, 50)).probabilities;
      }),
    );
    expect(maps[0]!.every((value) => value > 0 && value < 1)).toBe(true);
    // Nothing but contrast reaches the network.
    expect(maps[1]).toEqual(maps[0]);
    expect(maps[2]).toEqual(maps[0]);
  });

  it('of 16 bits is seen as the same of 8 bits is, grey for color and color for grey', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'p.png'), 3, size);
    const grey = await sharp(join(folder, 'p.png')).toColourspace('b-w').raw().toBuffer();
    const write = (name: string, values: Uint8Array | Uint16Array, channels: 1 | 3, space: string) =>
      sharp(values, { raw: { ...size, channels } })
        .toColourspace(space)
        .toFile(join(folder, name));
    await write('grey8.png', grey, 1, 'b-w');
    await write(
      'grey16.png',
      Uint16Array.from(grey, (value) => value * 100),
      1,
      'grey16',
    );
    const equal = Uint8Array.from({ length: 3 * grey.length }, (_, at) => grey[Math.floor(at / 3)]!);
    await write('color.png', equal, 3, 'srgb');
    for (const inputChannels of [1, 3] as const) {
      const predictor = await fresh({ inputChannels });
      const of = async (name: string) => (await predict(predictor, join(folder, name), 64, 64)).probabilities;
      const plain = await of('grey8.png');
      expect(await of('color.png')).toEqual(plain);
      const deep = await of('grey16.png');
      expect(Math.max(...deep.map((value, at) => Math.abs(value - plain[at]!)))).toBeLessThan(0.02);
    }
  });

  it('gets the same whatever it is computed together with', async () => {
    const folder = temporaryFolder();
    const predictor = await fresh();
    const paths = Array.from({ length: 11 }, (_, n) => join(folder, `${n}.png`));
    for (const [n, path] of paths.entries()) await writePicture(path, n);
    const together = await Promise.all(paths.map((path) => predict(predictor, path, 64, 48)));
    for (const [n, path] of paths.entries()) {
      expect((await predict(predictor, path, 64, 48)).probabilities).toEqual(together[n]!.probabilities);
    }
  });

  it('is given up when its end is asked for', async () => {
    const path = join(temporaryFolder(), 'p.png');
    await writePicture(path, 1, { width: 2000, height: 1500 });
    const ending = new AbortController();
    let pieces = 0;
    const predicted = predictImage(
      await fresh(),
      { path, width: 2000, height: 1500 },
      async () => {
        pieces++;
        ending.abort();
      },
      { signal: ending.signal },
    );
    await expect(predicted).rejects.toMatchObject({ name: 'AbortError' });
    expect(pieces).toBe(1);
  });
});
