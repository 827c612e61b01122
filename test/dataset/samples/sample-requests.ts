/** Images and labels made by code, as requests of samples. Not a test. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { SampleRequest } from '../../../engine/dataset/samples/prepare-samples.ts';

/** A PNG of its own colors and size; every `at` another. */
export async function writeImage(path: string, width: number, height: number, at: number): Promise<void> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * (at + 3) + (i >> 5) * 7 + at * 29) % 256);
  await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
}

export function requestOf(
  path: string,
  imageId: number,
  width: number,
  height: number,
  labelRevision = 1,
): SampleRequest {
  return {
    imageId,
    absolutePath: path,
    hash: createHash('sha256').update(readFileSync(path)).digest('hex'),
    width,
    height,
    labelRevision,
    readLabels: () =>
      labelRevision === 0
        ? undefined
        : Uint8Array.from({ length: width * height }, (_, at) => (at % width < (width * imageId) / 100 ? 1 : 0)),
  };
}

/** `count` images of mixed sizes in a folder, with ids from 1. */
export async function makeRequests(folder: string, count: number): Promise<SampleRequest[]> {
  const requests: SampleRequest[] = [];
  for (let at = 0; at < count; at++) {
    const [width, height] = [40 + (at % 5) * 13, 30 + (at % 3) * 21];
    const path = join(folder, `细胞 ${at}.png`);
    await writeImage(path, width, height, at);
    requests.push(requestOf(path, at + 1, width, height));
  }
  return requests;
}
