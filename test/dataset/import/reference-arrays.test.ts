import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exportArrays } from '../../../engine/dataset/export/export-arrays.ts';
import { importFolder } from '../../../engine/dataset/import/import-folder.ts';
import { readNpy, writeNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import type { ProjectStore } from '../../../engine/store/project-store.ts';
import { disc, temporaryFolder, writePicture } from '../../fixtures/disc-pictures.ts';

const side = 32;
const square = { width: side, height: side };

function open(folder: string): ProjectStore {
  const store = openProject(folder, { create: true });
  onTestFinished(() => store.close());
  return store;
}

function labelsOf(store: ProjectStore, path: string): Uint8Array | undefined {
  return store.labels.read(store.images.byPath(path)!.id);
}

/** As `Prepare_your_dataset.py` writes them: float64, images and masks of 0..255. */
async function writeArrays(folder: string, part: string, numbers: readonly number[]): Promise<void> {
  const images = numbers.flatMap((n) => [...disc(n, square)].flatMap((value) => [value * 200 + 20, 60 + n, 90]));
  const masks = numbers.flatMap((n) => [...disc(n, square)].map((value) => value * 255));
  await writeNpy(join(folder, `data_${part}.npy`), 'f8', [numbers.length, side, side, 3], images);
  await writeNpy(join(folder, `mask_${part}.npy`), 'f8', [numbers.length, side, side], masks);
}

describe('the arrays of the reference', () => {
  it('become images, labels and the split that they are', async () => {
    const folder = temporaryFolder();
    await writeArrays(folder, 'train', [0, 1, 2]);
    await writeArrays(folder, 'val', [3]);
    await writeArrays(folder, 'test', [4, 5]);
    const store = open(folder);
    const report = await importFolder(store);
    expect(report).toMatchObject({ images: { added: 6 }, masks: { imported: 6 } });
    const { train, val, test } = store.splits.current()!.parts;
    expect([train.length, val.length, test.length]).toEqual([3, 1, 2]);
    expect(test.map((id) => store.labels.read(id))).toEqual([disc(4, square), disc(5, square)]);
    const image = store.images.get(train[1]!)!;
    const pixels = await sharp(store.fileOf(image.path)).raw().toBuffer();
    expect([...pixels.subarray(0, 3)]).toEqual([20, 61, 90]);
  });

  it('are unpacked once, and what was unpacked is never overwritten', async () => {
    const folder = temporaryFolder();
    await writeArrays(folder, 'train', [0, 1]);
    const store = open(folder);
    await importFolder(store);
    const unpacked = join(folder, 'images-from-arrays', 'train_0001.png');
    writeFileSync(unpacked, readFileSync(join(folder, 'images-from-arrays', 'train_0002.png')));
    const before = statSync(unpacked).mtimeMs;
    await importFolder(store);
    expect(statSync(unpacked).mtimeMs).toBe(before);
    expect(store.splits.all()).toHaveLength(1);
  });

  it('that are wrong leave out their part, by name, and the rest goes on', async () => {
    const folder = temporaryFolder();
    await writeNpy(join(folder, 'data_train.npy'), 'u1', [2, 4, 4, 3], new Uint8Array(96));
    await writeNpy(join(folder, 'mask_train.npy'), 'u1', [3, 4, 4], new Uint8Array(48));
    await writeNpy(join(folder, 'data_val.npy'), 'f8', [1, 4, 4, 3], new Float64Array(48).fill(-3000));
    await writeNpy(join(folder, 'mask_val.npy'), 'f8', [1, 4, 4], new Float64Array(16));
    await writeNpy(join(folder, 'mask_test.npy'), 'u1', [1, 4, 4], new Uint8Array(16));
    await writePicture(join(folder, 'photo.png'), 1);
    const store = open(folder);
    const report = await importFolder(store);
    expect(report.images.added).toBe(1);
    expect(store.images.all().map(({ path }) => path)).toEqual(['photo.png']);
    expect(report.skipped.map(({ path, code }) => [path, code])).toEqual([
      ['mask_test.npy', 'array-without-images'],
      ['mask_train.npy', 'npy-shape-wrong'],
      ['data_val.npy', 'npy-values-wrong'],
    ]);
    expect(report.skipped[1]?.message).toContain('mask_train.npy has the shape (3, 4, 4)');
    expect(report.skipped[2]?.message).toContain('-3000');
  });

  it('of fractions are 0 to 1, and need no masks', async () => {
    const folder = temporaryFolder();
    const pixels = Float32Array.from({ length: 2 * side * side * 3 }, (_, at) => (at % 256) / 255);
    await writeNpy(join(folder, 'data_test.npy'), 'f4', [2, side, side, 3], pixels);
    await writeArrays(folder, 'train', [0]);
    const store = open(folder);
    const report = await importFolder(store);
    expect(report.arrays).toEqual([
      { part: 'train', images: 1, masks: true },
      { part: 'test', images: 2, masks: false },
    ]);
    const { data } = await sharp(join(folder, 'images-from-arrays', 'test_0002.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 300)]).toEqual(Array.from({ length: 300 }, (_, at) => at % 256));
    expect(store.labels.labelledImageIds()).toEqual(store.splits.current()!.parts.train);
  });

  it('in a dry run are counted, and not unpacked', async () => {
    const folder = temporaryFolder();
    await writeArrays(folder, 'train', [0, 1]);
    const report = await importFolder(open(folder), { dryRun: true });
    expect(report.arrays).toEqual([{ part: 'train', images: 2, masks: true }]);
    expect(existsSync(join(folder, 'images-from-arrays'))).toBe(false);
  });

  it('that changed since say so, and what was made of them stays until it is deleted', async () => {
    const folder = temporaryFolder();
    await writeArrays(folder, 'train', [0, 1]);
    const store = open(folder);
    await importFolder(store);
    await writeArrays(folder, 'train', [0, 2]);
    const report = await importFolder(store);
    expect(report.notes).toMatchObject([
      { code: 'array-changed', message: expect.stringMatching(/2 files .*data_train\.npy.*delete/) as string },
    ]);
    expect((await importFolder(store)).notes).toHaveLength(1);
    rmSync(join(folder, 'images-from-arrays'), { recursive: true });
    expect((await importFolder(store)).notes).toEqual([]);
    expect(labelsOf(store, 'images-from-arrays/train_0002.png')).toEqual(disc(2, square));
  });

  it('never reach through links, out of the folder or into it', async () => {
    const folder = temporaryFolder();
    const outside = temporaryFolder();
    await writeArrays(outside, 'train', [0]);
    symlinkSync(join(outside, 'data_train.npy'), join(folder, 'data_train.npy'));
    await writeArrays(folder, 'val', [1]);
    symlinkSync(outside, join(folder, 'images-from-arrays'));
    const before = readdirSync(outside);
    const report = await importFolder(open(folder));
    expect(report.images.added).toBe(0);
    expect(report.skipped.map(({ path, code }) => [path, code])).toEqual(
      expect.arrayContaining([
        ['data_train.npy', 'link-outside'],
        ['images-from-arrays', 'link-outside'],
      ]),
    );
    expect(readdirSync(outside)).toEqual(before);
  });

  it('leave a split alone that somebody made since', async () => {
    const folder = temporaryFolder();
    await writeArrays(folder, 'train', [0, 1, 2]);
    const store = open(folder);
    await importFolder(store);
    const [first, ...others] = store.splits.current()!.parts.train;
    const mine = { train: others, val: [first!], test: [] };
    store.splits.create({ name: 'mine', seed: 1, method: 'random', parts: mine });
    await importFolder(store);
    expect(store.splits.current()!.parts).toEqual(mine);
  });

  it('are written as they are read: the way there and back keeps images and labels', async () => {
    const folder = temporaryFolder();
    const images = [];
    for (const n of [1, 2, 3]) {
      const path = join(folder, `p${n}.png`);
      await writePicture(path, n, square);
      images.push({ path: `p${n}.png`, absolutePath: path, ...square, origin: `v${n}`, labels: () => disc(n, square) });
    }
    const output = temporaryFolder();
    const report = await exportArrays(output, [{ part: 'train', images }], { side, classes: 1 });
    expect(report.written).toEqual(['data_train.npy', 'mask_train.npy']);
    const masks = await readNpy(join(output, 'mask_train.npy'));
    expect([masks.type, masks.shape]).toEqual(['u1', [3, side, side]]);
    const data = await readNpy(join(output, 'data_train.npy'));
    expect(data.shape).toEqual([3, side, side, 3]);
    expect([...data.values.subarray(0, side * side * 3)]).toEqual([
      ...(await sharp(images[0]!.absolutePath).removeAlpha().raw().toBuffer()),
    ]);
    const store = open(output);
    await importFolder(store);
    expect(store.splits.current()!.parts.train.map((id) => store.labels.read(id))).toEqual(
      [1, 2, 3].map((n) => disc(n, square)),
    );
  });
});
