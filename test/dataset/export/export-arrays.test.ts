import { mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportArrays } from '../../../engine/dataset/export/export-arrays.ts';
import type { ArrayImage, ArrayPart } from '../../../engine/dataset/export/export-arrays.ts';
import { openNpy, readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { disc, temporaryFolder, writePicture } from '../../fixtures/disc-pictures.ts';
import { canMount, smallDisk } from '../../store/small-disk.ts';
import { startChild } from '../../store/start-child.ts';

const plane = { width: 64, height: 48 };
const side = 32;
const one = { side, classes: 1 };

async function image(folder: string, n: number, labels = disc(n)): Promise<ArrayImage> {
  const path = `图 ${n}.png`;
  await writePicture(join(folder, path), n);
  return { path, absolutePath: join(folder, path), ...plane, origin: `v1 ${n}`, labels: () => labels };
}

async function trainPart(folder: string, count: number): Promise<ArrayPart> {
  const images = Array.from({ length: count }, (_, n) => image(folder, n));
  return { part: 'train', images: await Promise.all(images) };
}

async function shapeOf(path: string): Promise<readonly number[]> {
  const array = await openNpy(path);
  await array.close();
  return array.shape;
}

describe('arrays of images and masks', () => {
  it('are squares of the wanted side, soft at edges with one class', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    const report = await exportArrays(output, [await trainPart(folder, 3)], one);
    expect(report).toMatchObject({ written: ['data_train.npy', 'mask_train.npy'], failed: [], kept: [] });
    expect(await shapeOf(join(output, 'data_train.npy'))).toEqual([3, side, side, 3]);
    const masks = await readNpy(join(output, 'mask_train.npy'));
    expect([masks.type, masks.shape]).toEqual(['u1', [3, side, side]]);
    const values = [...masks.values];
    expect([Math.min(...values), Math.max(...values)]).toEqual([0, 255]);
    expect(values.some((value) => value > 0 && value < 255)).toBe(true);
    const mean = values.slice(0, side * side).reduce((sum, value) => sum + value, 0) / (255 * side * side);
    const share = disc(0).reduce((sum, value) => sum + value, 0) / (64 * 48);
    expect(Math.abs(mean - share)).toBeLessThan(0.005);
  });

  it('hold class numbers with several classes, and tell where unlabelled pixels became background', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    const labels = Uint8Array.from({ length: 64 * 48 }, (_, at) => (at % 64 < 16 ? 255 : at % 64 < 32 ? 1 : 2));
    const images = [await image(folder, 0, labels), await image(folder, 1, disc(1))];
    const report = await exportArrays(output, [{ part: 'val', images }], { side, classes: 2 });
    expect(report.unlabelledAsBackground).toEqual(['图 0.png']);
    const { values } = await readNpy(join(output, 'mask_val.npy'));
    expect([...values.subarray(0, side)]).toEqual(Array.from({ length: side }, (_, x) => (x < 8 ? 0 : x < 16 ? 1 : 2)));
  });

  it('lack what cannot be read, in both files of the pair, and have it when it can', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    const part = await trainPart(folder, 12);
    rmSync(part.images[1]!.absolutePath);
    truncateSync(part.images[4]!.absolutePath, 200);
    await writePicture(part.images[7]!.absolutePath, 7, { width: 30, height: 30 });
    const report = await exportArrays(output, [part], one);
    expect(report.failed.map(({ path, code }) => [path, code])).toEqual([
      ['图 1.png', 'image-missing'],
      ['图 4.png', 'image-truncated'],
      ['图 7.png', 'image-size-changed'],
    ]);
    const masks = await readNpy(join(output, 'mask_train.npy'));
    expect([await shapeOf(join(output, 'data_train.npy')), masks.shape]).toEqual([
      [9, side, side, 3],
      [9, side, side],
    ]);
    await Promise.all([1, 4, 7].map((n) => image(folder, n)));
    const again = await exportArrays(output, [part], one);
    expect(again).toMatchObject({ failed: [], written: ['data_train.npy', 'mask_train.npy'] });
    expect(await shapeOf(join(output, 'data_train.npy'))).toEqual([12, side, side, 3]);
  });

  it('of which nothing can be read are not written', async () => {
    const output = temporaryFolder();
    const missing = { ...plane, path: 'a.png', absolutePath: '/nowhere/a.png', origin: '', labels: () => disc(0) };
    const report = await exportArrays(output, [{ part: 'test', images: [missing] }], one);
    expect([report.written, report.failed.length, readdirSync(output)]).toEqual([[], 1, []]);
  });
});

describe('arrays that are there already', () => {
  it('are not made again when up to date, and are when labels or the side changed', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    const part = await trainPart(folder, 2);
    await exportArrays(output, [part], one);
    expect((await exportArrays(output, [part], one)).unchanged).toEqual(['data_train.npy', 'mask_train.npy']);
    expect((await exportArrays(output, [part], { ...one, side: 64 })).written).toHaveLength(2);
    const [first, ...others] = part.images;
    const changed = { ...part, images: [{ ...first!, origin: 'v2' }, ...others] };
    expect((await exportArrays(output, [changed], { ...one, side: 64 })).written).toHaveLength(2);
  });

  it('are never half another’s: neither file of a pair is written beside one that is kept', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    const part = await trainPart(folder, 2);
    writeFileSync(join(output, 'mask_train.npy'), 'of somebody');
    const report = await exportArrays(output, [part, { ...part, part: 'val' }], one);
    expect(report.kept.map(({ file }) => file)).toEqual(['data_train.npy', 'mask_train.npy']);
    expect(report.written).toEqual(['data_val.npy', 'mask_val.npy']);
    expect(readFileSync(join(output, 'mask_train.npy'), 'utf8')).toBe('of somebody');
    const forced = await exportArrays(output, [part], { ...one, overwrite: true });
    expect(forced.written).toEqual(['data_train.npy', 'mask_train.npy']);
  });

  it('may be folders: they stay, whatever one is told', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    mkdirSync(join(output, 'data_train.npy'));
    const report = await exportArrays(output, [await trainPart(folder, 1)], { ...one, overwrite: true });
    expect(report.kept[0]).toMatchObject({
      file: 'data_train.npy',
      reason: expect.stringContaining('folder') as string,
    });
    expect(report.written).toEqual([]);
  });
});

describe('an export of arrays that is cut short', () => {
  it('by kill -9 leaves whole pairs only, and goes on with the next part', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    const { images } = await trainPart(folder, 40);
    const script = new URL('./export-arrays-process.ts', import.meta.url).href;
    const child = startChild(script, output, ...images.map(({ absolutePath }) => absolutePath));
    // Two steps for each image of the first part, then some of the second.
    for (let line = 0; line < 90; line++) await child.nextLine();
    await child.kill();
    const parts: ArrayPart[] = [
      { part: 'train', images },
      { part: 'val', images },
    ];
    const report = await exportArrays(output, parts, one);
    expect(report.unchanged).toEqual(['data_train.npy', 'mask_train.npy']);
    expect(report.written).toEqual(['data_val.npy', 'mask_val.npy']);
    expect(readdirSync(output).filter((name) => name.endsWith('.mambrush-tmp'))).toEqual([]);
    for (const name of [...report.unchanged, ...report.written]) {
      expect((await shapeOf(join(output, name)))[0]).toBe(40);
    }
  });

  it('by its user leaves no file of the part at work', async () => {
    const [folder, output] = [temporaryFolder(), temporaryFolder()];
    const control = new AbortController();
    const work = { signal: control.signal, onProgress: () => control.abort() };
    const stopped = exportArrays(output, [await trainPart(folder, 3)], one, work);
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(readdirSync(output)).toEqual([]);
  });

  const unable = canMount ? '' : ' (skipped: may not mount a small disk here)';
  it.skipIf(!canMount)(`by a full or read-only disk says so, and leaves whole pairs only${unable}`, async () => {
    const folder = temporaryFolder();
    const disk = smallDisk('100k');
    const part = await trainPart(folder, 30);
    const few = { ...part, images: part.images.slice(0, 4) };
    await expect(exportArrays(disk.folder, [few, { ...part, part: 'val' }], one)).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(readdirSync(disk.folder).sort()).toEqual(['.mambrush-export.jsonl', 'data_train.npy', 'mask_train.npy']);
    expect(await shapeOf(join(disk.folder, 'mask_train.npy'))).toEqual([4, side, side]);
    disk.makeReadOnly();
    await expect(exportArrays(disk.folder, [part], one)).rejects.toMatchObject({ code: 'folder-not-writable' });
  });
});
