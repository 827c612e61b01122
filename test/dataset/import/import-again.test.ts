import { copyFileSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { importFolder } from '../../../engine/dataset/import/import-folder.ts';
import { writeNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import type { ProjectStore } from '../../../engine/store/project-store.ts';
import { disc, makeDiscFolder, temporaryFolder, writeBytes, writePicture } from '../../fixtures/disc-pictures.ts';
import { startChild } from '../../store/start-child.ts';

function open(folder: string): ProjectStore {
  const store = openProject(folder, { create: true });
  onTestFinished(() => store.close());
  return store;
}

function labelsOf(store: ProjectStore, path: string): Uint8Array | undefined {
  return store.labels.read(store.images.byPath(path)!.id);
}

/** The disc of picture `n` with this number. */
async function writeNumberMask(path: string, n: number, value: number): Promise<void> {
  const numbers = disc(n).map((inside) => inside * value);
  writeBytes(
    path,
    await sharp(numbers, { raw: { width: 64, height: 48, channels: 1 } })
      .png()
      .toBuffer(),
  );
}

/** Pictures 0..2, whose discs are class 1, 2 and 3. */
async function threeClasses(): Promise<string> {
  const folder = temporaryFolder();
  for (const n of [0, 1, 2]) {
    await writePicture(join(folder, `p${n}.png`), n);
    await writeNumberMask(join(folder, 'masks', `p${n}.png`), n, n + 1);
  }
  return folder;
}

describe('masks that are as they were', () => {
  it('are not even read', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 3);
    const store = open(folder);
    const mask = join(folder, 'masks', 'p1.png');
    utimesSync(mask, 1e9, 1e9);
    await importFolder(store);
    writeFileSync(mask, Buffer.alloc(statSync(mask).size));
    utimesSync(mask, 1e9, 1e9);
    expect(await importFolder(store)).toMatchObject({
      masks: { unchanged: 3, imported: 0 },
      matches: [],
      skipped: [],
      reading: null,
    });
    utimesSync(mask, 1e9, 1e9 + 5);
    expect(await importFolder(store)).toMatchObject({ masks: { unchanged: 2 }, skipped: [{ path: 'masks/p1.png' }] });
    expect(labelsOf(store, 'images/p1.png')).toEqual(disc(1));
  });

  it('leave classes alone that a person has merged, removed, put in another order or renamed', async () => {
    const store = open(await threeClasses());
    await importFolder(store);
    const [first, second, third] = store.classes.all().map(({ id }) => id) as [number, number, number];
    store.classes.merge([second], first);
    store.classes.reorder([third, first]);
    store.classes.rename(first, 'tumour');
    const before = ['p0.png', 'p1.png', 'p2.png'].map((path) => labelsOf(store, path));
    const report = await importFolder(store);
    expect(report.masks).toMatchObject({ unchanged: 3, imported: 0 });
    expect(report.classes.map(({ name }) => name)).toEqual(['class 3', 'tumour']);
    expect(['p0.png', 'p1.png', 'p2.png'].map((path) => labelsOf(store, path))).toEqual(before);
    expect(store.classes.all()).toHaveLength(2);
  });

  it('are read in another way when that is asked for', async () => {
    const store = open(await makeDiscFolder(temporaryFolder(), 2));
    await importFolder(store);
    const inverted = await importFolder(store, { invert: true });
    expect(inverted.masks.imported).toBe(2);
    expect(inverted.reading?.message).toMatch(/what is not 0 is the class; inverted/);
    expect(labelsOf(store, 'images/p1.png')).toEqual(disc(1).map((value) => 1 - value));
    expect((await importFolder(store, { invert: true })).masks).toMatchObject({ unchanged: 2, imported: 0 });
  });

  it('still count when new ones are understood', async () => {
    const folder = await threeClasses();
    const store = open(folder);
    await importFolder(store);
    await writePicture(join(folder, 'p3.png'), 3);
    await writeNumberMask(join(folder, 'masks', 'p3.png'), 3, 2);
    const report = await importFolder(store);
    expect(report).toMatchObject({ masks: { unchanged: 3, imported: 1 }, matches: [{ image: 'p3.png' }] });
    expect(labelsOf(store, 'p3.png')).toEqual(disc(3).map((inside) => inside * 2));
  });
});

describe('a new class', () => {
  it('gets another name where a person has given its name to another', async () => {
    const folder = await threeClasses();
    const store = open(folder);
    store.classes.add({ name: 'class 2' });
    const report = await importFolder(store);
    expect(report.classes.map(({ name }) => name)).toEqual(['class 2', 'class 2 (2)', 'class 3']);
    expect(report.classes).toEqual(store.classes.all());
    expect(labelsOf(store, 'p1.png')).toEqual(disc(1).map((inside) => inside * 2));
  });
});

describe('an image', () => {
  it('that moves with its mask takes its labels along, and nothing is read as new', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    const store = open(folder);
    await importFolder(store);
    const { id } = store.images.byPath('images/p0.png')!;
    renameSync(join(folder, 'images', 'p0.png'), join(folder, 'images', 'new name.png'));
    renameSync(join(folder, 'masks', 'p0.png'), join(folder, 'masks', 'new name.png'));
    const report = await importFolder(store);
    expect(report.changes.moved).toEqual([{ from: 'images/p0.png', to: 'images/new name.png' }]);
    expect(report).toMatchObject({ masks: { imported: 0, unchanged: 2 }, matches: [], unmatchedMasks: [] });
    expect(store.labels.history(id)).toHaveLength(1);
  });

  it('that a person removed is not spoken of, and neither is its mask', async () => {
    const store = open(await makeDiscFolder(temporaryFolder(), 2));
    await importFolder(store);
    store.images.remove([store.images.byPath('images/p0.png')!.id]);
    const report = await importFolder(store);
    expect(report).toMatchObject({ masks: { matched: 1, unchanged: 1 }, unmatchedMasks: [], skipped: [] });
    expect(report.changes.removed).toEqual(['images/p0.png']);
  });

  it('that got another size keeps its labels, and the import says what to do', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    const store = open(folder);
    await importFolder(store);
    await writePicture(join(folder, 'images', 'p0.png'), 0, { width: 30, height: 20 });
    const report = await importFolder(store);
    expect(report.skipped).toMatchObject([
      { path: 'images/p0.png', code: 'image-size-changed' },
      { path: 'masks/p0.png', code: 'mask-image-left-out' },
    ]);
    expect(labelsOf(store, 'images/p0.png')).toEqual(disc(0));
  });

  it('that is gone and comes back is the same one', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    const store = open(folder);
    await importFolder(store);
    const { id } = store.images.byPath('images/p0.png')!;
    const [file, away] = [join(folder, 'images', 'p0.png'), join(temporaryFolder(), 'p0.png')];
    copyFileSync(file, away);
    rmSync(file);
    expect((await importFolder(store)).changes.missing).toEqual(['images/p0.png']);
    expect(store.images.get(id)?.missing).toBe(true);
    copyFileSync(away, file);
    expect(await importFolder(store)).toMatchObject({ images: { missing: 0, unchanged: 2 }, changes: { missing: [] } });
    expect(store.images.get(id)?.missing).toBe(false);
  });
});

describe('an import that was ended', () => {
  it('by its caller leaves a whole project, and the next one goes on', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 100);
    const store = open(folder);
    const stop = new AbortController();
    const ended = importFolder(
      store,
      {},
      {
        signal: stop.signal,
        onProgress: ({ done = 0 }) => {
          if (done >= 250) stop.abort();
        },
      },
    );
    await expect(ended).rejects.toMatchObject({ name: 'AbortError' });
    const labelled = store.labels.labelledImageIds().length;
    expect(store.images.count()).toBe(100);
    expect(labelled).toBeLessThan(100);
    const report = await importFolder(store);
    expect(report).toMatchObject({ masks: { unchanged: labelled, imported: 100 - labelled }, skipped: [] });
  });

  it('by kill -9 while arrays were unpacked goes on, and every file is whole', async () => {
    const folder = temporaryFolder();
    const side = 32;
    const square = { width: side, height: side };

    const numbers = Array.from({ length: 60 }, (_, n) => n);
    const pixels = numbers.flatMap((n) => [...disc(n, square)].flatMap((inside) => [inside * 200, n, 90]));
    await writeNpy(join(folder, 'data_train.npy'), 'u1', [60, side, side, 3], pixels);
    const masks = numbers.flatMap((n) => [...disc(n, square)].map((inside) => inside * 255));
    await writeNpy(join(folder, 'mask_train.npy'), 'u1', [60, side, side], masks);
    for (const lines of [1, 20, 50]) {
      const child = startChild(new URL('./import-folder-process.ts', import.meta.url).href, folder);
      for (let line = 0; line < lines; line++) await child.nextLine();
      await child.kill();
    }
    const store = open(folder);
    const report = await importFolder(store);
    expect(report).toMatchObject({ skipped: [], notes: [] });
    expect(store.images.count()).toBe(60);
    const { train } = store.splits.current()!.parts;
    expect(train.map((id) => store.labels.read(id))).toEqual(numbers.map((n) => disc(n, square)));
    expect(readFileSync(join(folder, 'images-from-arrays', '.mambrush-arrays.json'), 'utf8')).toContain(
      'mask_train.npy',
    );
  });
});
