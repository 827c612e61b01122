/** Fingerprints and near-duplicates, on made images and on real ones. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  findNearDuplicates,
  hammingDistance,
  thumbnailCorrelation,
} from '../../../engine/dataset/split/near-duplicates.ts';
import { fingerprintImage, fingerprintOf } from '../../../engine/dataset/images/perceptual-hash.ts';
import { decodeImage } from '../../../engine/dataset/images/decode-image.ts';
import { Random } from '../../../engine/random.ts';
import { hasShared, sharedFolder } from '../../fixtures/shared.ts';

/** A few soft blobs, `side`², at places that depend on the seed. */
function blobs(side: number, seed: number, channels: 1 | 3 = 1): Uint8Array {
  const random = new Random(seed);
  const centers = Array.from(
    { length: 6 },
    () => [random.uniform(), random.uniform(), 0.08 + 0.1 * random.uniform()] as const,
  );
  const data = new Uint8Array(side * side * channels);
  for (let at = 0; at < side * side; at++) {
    const x = ((at % side) + 0.5) / side;
    const y = (Math.floor(at / side) + 0.5) / side;
    const value = centers.reduce(
      (sum, [cx, cy, r]) => sum + 90 * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (r * r)),
      20,
    );
    data.fill(Math.min(255, value), at * channels, (at + 1) * channels);
  }
  return data;
}

describe('the fingerprint of an image', () => {
  const of = (side: number, seed: number): NonNullable<ReturnType<typeof fingerprintOf>> =>
    fingerprintOf({ width: side, height: side, channels: 1, data: blobs(side, seed) })!;

  it('hardly changes with size, brightness and number of channels', () => {
    const small = of(64, 1);
    expect(hammingDistance(small.hash, of(300, 1).hash)).toBeLessThanOrEqual(2);
    const darker = fingerprintOf({
      width: 64,
      height: 64,
      channels: 1,
      data: blobs(64, 1).map((value) => value * 0.7),
    })!;
    expect(hammingDistance(small.hash, darker.hash)).toBeLessThanOrEqual(4);
    expect(thumbnailCorrelation(small.thumbnail, darker.thumbnail)).toBeGreaterThan(0.999);
    const color = fingerprintOf({ width: 64, height: 64, channels: 3, data: blobs(64, 1, 3) })!;
    expect(hammingDistance(small.hash, color.hash)).toBeLessThanOrEqual(2);
  });

  it('is that of the stretched values for 16 bits', () => {
    const sixteen = fingerprintOf({
      width: 64,
      height: 64,
      channels: 1,
      data: Uint16Array.from(blobs(64, 1), (v) => 4 * v + 700),
    })!;
    expect(hammingDistance(of(64, 1).hash, sixteen.hash)).toBeLessThanOrEqual(2);
  });

  it('is far from those of other images', () => {
    for (let seed = 2; seed < 12; seed++) {
      expect(hammingDistance(of(64, 1).hash, of(64, seed).hash)).toBeGreaterThan(10);
    }
  });

  it('does not exist for an image without features, which is like no other', async () => {
    const flat = fingerprintOf({ width: 40, height: 30, channels: 1, data: new Uint8Array(1200).fill(77) });
    expect(flat).toBeUndefined();
    expect(await findNearDuplicates([flat, of(64, 1), flat, of(65, 1)])).toEqual([[1, 3]]);
  });
});

describe.skipIf(!hasShared)('near-duplicates of real images (skipped where ../shared is missing)', () => {
  it('are found in dermoscopy images, and unrelated lesions are not joined', async () => {
    const folder = join(sharedFolder, 'data/isic2018-256/images');
    // Seen side by side: the same lesion photographed or exposed twice.
    const pairs = ['0000162 0014826', '0000164 0014795', '0000215 0015313', '0012222 0016003', '0013109 0013163'];
    const names = [
      ...pairs.flatMap((pair) => pair.split(' ').map((number) => `ISIC_${number}.jpg`)),
      // The closest pair of different lesions.
      'ISIC_0011330.jpg',
      'ISIC_0014778.jpg',
      ...readdirSync(folder).sort().slice(1000, 1150),
    ];
    const fingerprints = await Promise.all([...new Set(names)].map((name) => fingerprintImage(join(folder, name))));
    const found = await findNearDuplicates(fingerprints);
    expect(found).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
      [8, 9],
    ]);
  });

  it('are found after saving, scaling and exposing anew', async () => {
    const folder = join(sharedFolder, 'data/dsb2018-nuclei/images');
    const names = readdirSync(folder).sort().slice(0, 24);
    const originals = [];
    const copies = [];
    for (const [at, name] of names.entries()) {
      const path = join(folder, name);
      originals.push(await fingerprintImage(path));
      const { width } = await sharp(path).metadata();
      const changed = [
        () => sharp(path).removeAlpha().jpeg({ quality: 60 }).toBuffer(),
        () =>
          sharp(path)
            .resize(Math.round(width / 2))
            .png()
            .toBuffer(),
        () => sharp(path).removeAlpha().linear(0.8, 20).png().toBuffer(),
      ][at % 3]!;
      copies.push(fingerprintOf(await decodeImage(await changed())));
    }
    const found = await findNearDuplicates([...originals, ...copies]);
    expect(found).toEqual(names.map((_, at) => [at, at + names.length]));
  });
});
