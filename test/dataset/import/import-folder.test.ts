import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { importFolder } from '../../../engine/dataset/import/import-folder.ts';
import type { ImportFolderOptions } from '../../../engine/dataset/import/import-folder.ts';
import type { ImportReport } from '../../../engine/contract/dataset.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import type { ProjectStore } from '../../../engine/store/project-store.ts';
import {
  disc,
  makeDiscFolder,
  temporaryFolder,
  writeBytes,
  writeDiscMask,
  writePicture,
} from '../../fixtures/disc-pictures.ts';
import { hasShared, sharedFolder } from '../../fixtures/shared.ts';
import { canMount, smallDisk } from '../../store/small-disk.ts';
import { startChild } from '../../store/start-child.ts';

function open(folder: string): ProjectStore {
  const store = openProject(folder, { create: true });
  onTestFinished(() => store.close());
  return store;
}

async function imported(folder: string, options: ImportFolderOptions = {}): Promise<[ImportReport, ProjectStore]> {
  const store = open(folder);
  return [await importFolder(store, options), store];
}

/** The images of a new project, which are all that were added. */
function addedTo(store: ProjectStore, report: ImportReport): string[] {
  const paths = store.images.all().map(({ path }) => path);
  expect(report.images.added).toBe(paths.length);
  return paths.sort();
}

/** By path, the labels that are not background. */
function labelsOf(store: ProjectStore, path: string): Uint8Array | undefined {
  return store.labels.read(store.images.byPath(path)!.id);
}

/** Every file outside of the project's own folder, with its bytes. */
function filesIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.startsWith('.mambrush') && statSync(join(folder, name)).isFile())
    .sort();
  return new Map(names.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]));
}

describe('a folder of images and masks', () => {
  it('becomes a project with labels, and its files stay as they are', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 5, 3);
    const before = filesIn(folder);
    const [report, store] = await imported(folder);
    expect(report.images).toMatchObject({ added: 5, unchanged: 0 });
    expect(store.images.count()).toBe(5);
    expect(report).toMatchObject({ skipped: [], unmatchedMasks: [], unlabelled: 2 });
    expect(report.matches.map(({ image }) => image)).toEqual(['images/p0.png', 'images/p1.png', 'images/p2.png']);
    expect(report.masks).toMatchObject({ imported: 3, kept: 0 });
    expect(report.classes).toMatchObject([{ index: 1, name: 'object' }]);
    expect(report.classes).toEqual(store.classes.all());
    expect(labelsOf(store, 'images/p1.png')).toEqual(disc(1));
    expect(labelsOf(store, 'images/p4.png')).toBeUndefined();
    expect(store.images.byPath('images/p1.png')?.state).toBe('done');
    expect(filesIn(folder)).toEqual(before);
  });

  it('that is empty is an empty project', async () => {
    const [report, store] = await imported(temporaryFolder());
    expect(report).toMatchObject({ images: { added: 0 }, skipped: [] });
    expect(store.images.count()).toBe(0);
  });

  it('may hold a single image', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'one.jpg'), 1);
    const [report, store] = await imported(folder);
    expect(addedTo(store, report)).toEqual(['one.jpg']);
    expect(report.unlabelled).toBe(1);
  });

  it('may have names in Chinese and with spaces', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, '病理 切片', '细胞 一.png'), 1);
    await writeDiscMask(join(folder, '病理 切片', '细胞 一_mask.png'), 1);
    const [report, store] = await imported(folder);
    expect(report.matches).toMatchObject([{ image: '病理 切片/细胞 一.png' }]);
    expect(labelsOf(store, '病理 切片/细胞 一.png')).toEqual(disc(1));
  });

  it('may hold two images of one stem, whose masks are not guessed', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'a.png'), 1);
    await writePicture(join(folder, 'a.jpg'), 2);
    await writeDiscMask(join(folder, 'masks', 'a.tif'), 1);
    const [report, store] = await imported(folder);
    expect(addedTo(store, report)).toEqual(['a.jpg', 'a.png']);
    expect(report.skipped).toMatchObject([
      { path: 'masks/a.tif', code: 'mask-ambiguous', message: expect.stringContaining('a.jpg or a.png') as string },
    ]);
    expect(store.labels.labelledImageIds()).toEqual([]);
  });

  it('takes images of 1×1 and of 12000×9000', { timeout: 120_000 }, async () => {
    const folder = temporaryFolder();
    await sharp(Buffer.of(9, 9, 9), { raw: { width: 1, height: 1, channels: 3 } }).toFile(join(folder, 'dot.png'));
    await sharp({ create: { width: 12000, height: 9000, channels: 3, background: '#204060' } })
      .jpeg()
      .toFile(join(folder, 'huge.jpg'));
    const [report, store] = await imported(folder);
    expect(report.skipped).toEqual([]);
    expect(store.images.byPath('huge.jpg')).toMatchObject({ width: 12000, height: 9000 });
    expect(store.images.byPath('dot.png')).toMatchObject({ width: 1, height: 1 });
  });

  it('with constant images and masks that are all empty is taken: background everywhere', async () => {
    const folder = temporaryFolder();
    for (const name of ['a', 'b']) {
      await sharp({ create: { width: 20, height: 10, channels: 3, background: '#808080' } }).toFile(
        join(folder, `${name}.png`),
      );
      writeBytes(join(folder, 'masks', `${name}.png`), await sharp(new Uint8Array(200), raw(20, 10)).png().toBuffer());
    }
    const [report, store] = await imported(folder);
    expect(report.masks.imported).toBe(2);
    expect(labelsOf(store, 'a.png')).toEqual(new Uint8Array(200));
    expect(report.warnings.map(({ code }) => code)).toEqual(['masks-empty', 'image-duplicate']);
    expect(report.warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/All 2 masks are empty/),
      'These are the same picture: a.png, b.png.',
    ]);
  });

  it('with one mask for every object joins them', async () => {
    const folder = temporaryFolder();
    for (const id of ['c1', 'c2']) {
      await writePicture(join(folder, id, 'images', `${id}.png`), 3);
      const inside = disc(3);
      const left = inside.map((value, at) => (at % 64 < 30 ? value * 255 : 0));
      const right = inside.map((value, at) => (at % 64 < 30 ? 0 : value * 255));
      writeBytes(join(folder, id, 'masks', 'f00.png'), await sharp(left, raw(64, 48)).png().toBuffer());
      writeBytes(join(folder, id, 'masks', 'ba7.png'), await sharp(right, raw(64, 48)).png().toBuffer());
    }
    const [report, store] = await imported(folder);
    expect(report.matches.map(({ masks }) => masks.length)).toEqual([2, 2]);
    expect(labelsOf(store, 'c2/images/c2.png')).toEqual(disc(3));
  });

  it('with numbered masks beside the images joins those of each image, and says so', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'benign (1).png'), 3);
    const left = disc(3).map((value, at) => (at % 64 < 30 ? value * 255 : 0));
    const right = disc(3).map((value, at) => (at % 64 < 30 ? 0 : value * 255));
    writeBytes(join(folder, 'benign (1)_mask.png'), await sharp(left, raw(64, 48)).png().toBuffer());
    writeBytes(join(folder, 'benign (1)_mask_1.png'), await sharp(right, raw(64, 48)).png().toBuffer());
    const [report, store] = await imported(folder);
    expect(report.notes).toMatchObject([{ path: 'benign (1).png', code: 'masks-joined' }]);
    expect(labelsOf(store, 'benign (1).png')).toEqual(disc(3));
  });

  it('that comes with the program is taken whole: 24 images, masks for 16 of them', async () => {
    const folder = temporaryFolder();
    symlinkFree(fileURLToPath(new URL('../../../resources/sample', import.meta.url)), folder);
    const [report, store] = await imported(folder);
    expect(store.images.count()).toBe(24);
    expect(report).toMatchObject({ skipped: [], notes: [], unmatchedMasks: [], unlabelled: 8 });
    expect(report.masks).toMatchObject({ found: 16, matched: 16 });
    expect(report.warnings.filter(({ code }) => code === 'image-duplicate')).toEqual([]);
    expect(store.labels.labelledImageIds()).toHaveLength(16);
  });

  it.skipIf(!hasShared)('of nuclei is taken whole (skipped where ../shared is missing)', async () => {
    const folder = temporaryFolder();
    symlinkFree(join(sharedFolder, 'data', 'dsb2018-nuclei'), folder);
    const [report, store] = await imported(folder);
    expect(store.images.count()).toBe(160);
    expect(report).toMatchObject({ masks: { found: 160, matched: 160 }, skipped: [], unmatchedMasks: [] });
  });

  it.skipIf(!hasShared)(
    'as instance data sets are published is understood (skipped where ../shared is missing)',
    async () => {
      const folder = temporaryFolder();
      symlinkFree(join(sharedFolder, 'data', 'dsb2018-instances'), folder);
      const [report] = await imported(folder);
      expect(report).toMatchObject({ masks: { imported: 3 }, unmatchedMasks: [], skipped: [], unlabelled: 0 });
    },
  );
});

/** Copies, because a project is made in the folder. */
function symlinkFree(from: string, to: string): void {
  for (const name of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    if (statSync(join(from, name)).isFile()) writeBytes(join(to, name), readFileSync(join(from, name)));
  }
}

const raw = (width: number, height: number, channels: 1 | 3 = 1) => ({ raw: { width, height, channels } });

describe('a file that is no good', () => {
  it('is named with what is wrong and what to do, and the rest is taken', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 3);
    await writePicture(join(folder, 'whole.jpg'), 8, { width: 300, height: 200 });
    const jpeg = readFileSync(join(folder, 'whole.jpg'));
    writeFileSync(join(folder, 'cut.jpg'), jpeg.subarray(0, jpeg.length / 2));
    writeFileSync(join(folder, 'text.png'), 'this is no picture');
    writeFileSync(join(folder, 'empty.tif'), '');
    await writeDiscMask(join(folder, 'masks', 'p1.png'), 1, { width: 30, height: 20 });
    await writeDiscMask(join(folder, 'masks', 'nobody.png'), 1);
    writeFileSync(join(folder, 'masks', 'p2.png'), 'no mask either');
    const [report, store] = await imported(folder);
    expect(report.skipped.map(({ path, code }) => [path, code])).toEqual([
      ['cut.jpg', 'image-truncated'],
      ['empty.tif', 'image-empty'],
      ['text.png', 'image-not-readable'],
      ['masks/p1.png', 'mask-size-mismatch'],
      ['masks/p2.png', 'image-not-readable'],
    ]);
    for (const { path, message } of report.skipped) expect(message).toContain(path);
    expect(report.skipped[3]?.message).toMatch(/30×20.*64×48/);
    expect(report.unmatchedMasks).toEqual(['masks/nobody.png']);
    expect(report.masks).toMatchObject({ found: 4, matched: 3 });
    expect(addedTo(store, report)).toEqual(['images/p0.png', 'images/p1.png', 'images/p2.png', 'whole.jpg']);
    expect(labelsOf(store, 'images/p0.png')).toEqual(disc(0));
  });

  it('may be a link that leads out of the folder: it is not followed', async () => {
    const outside = temporaryFolder();
    await writePicture(join(outside, 'secret.png'), 1);
    const folder = await makeDiscFolder(temporaryFolder(), 1);
    symlinkSync(join(outside, 'secret.png'), join(folder, 'link.png'));
    symlinkSync(outside, join(folder, 'all'));
    const [report, store] = await imported(folder);
    expect(addedTo(store, report)).toEqual(['images/p0.png']);
    expect(report.skipped.map(({ path, code }) => [path, code])).toEqual([
      ['all', 'link-outside'],
      ['link.png', 'link-outside'],
    ]);
  });
});

describe('what is asked for', () => {
  it('a dry run reports all and changes nothing', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 4, 2);
    const [report, store] = await imported(folder, { dryRun: true });
    expect(report).toMatchObject({ images: { added: 4 }, masks: { imported: 2 } });
    expect(report.classes).toMatchObject([{ id: 0, index: 1, name: 'object' }]);
    expect([store.images.count(), store.classes.all()]).toEqual([0, []]);
  });

  it('masks may lie in another place, and be inverted', async () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    await writePicture(join(folder, 'p1.png'), 1);
    const inverted = disc(1).map((value) => 255 - 255 * value);
    writeBytes(join(elsewhere, 'p1.png'), await sharp(inverted, raw(64, 48)).png().toBuffer());
    const [report, store] = await imported(folder, { masks: elsewhere, invert: true });
    expect(report.matches).toMatchObject([{ image: 'p1.png', masks: [join(elsewhere, 'p1.png')] }]);
    expect(labelsOf(store, 'p1.png')).toEqual(disc(1));
    expect(store.labels.history(store.images.byPath('p1.png')!.id)[0]?.description).toBe('import of p1.png');
  });

  it('masks in another place are named in full when they are no good', async () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    await writePicture(join(folder, 'p1.png'), 1);
    await writeDiscMask(join(elsewhere, 'p1.png'), 1, { width: 3, height: 3 });
    symlinkSync('/nowhere', join(elsewhere, 'p2.png'));
    const [report, store] = await imported(folder, { masks: elsewhere });
    expect(report.skipped).toMatchObject([
      { path: join(elsewhere, 'p2.png'), code: 'link-broken' },
      { path: join(elsewhere, 'p1.png'), code: 'mask-size-mismatch' },
    ]);
    expect(report.skipped[1]?.message.startsWith(join(elsewhere, 'p1.png'))).toBe(true);
    const colors = sharp(
      Uint8Array.from({ length: 64 * 48 * 3 }, (_, at) => Math.imul(at + 1, 2654435761) >>> 24),
      raw(64, 48, 3),
    );
    writeBytes(join(elsewhere, 'p1.png'), await colors.png().toBuffer());
    await expect(importFolder(store, { masks: elsewhere, interpretation: 'colours' })).rejects.toMatchObject({
      code: 'mask-colors-too-many',
      path: join(elsewhere, 'p1.png'),
    });
  });

  it('masks that are nearly all foreground raise the question whether they are inverted', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'p1.png'), 1);
    const inverted = disc(1).map((value) => 255 - 255 * value);
    writeBytes(join(folder, 'masks', 'p1.png'), await sharp(inverted, raw(64, 48)).png().toBuffer());
    const [report] = await imported(folder);
    expect(report.warnings.at(-1)?.message).toMatch(/dark part.*inverted/);
  });

  it('masks that an export wrote are taken when their folder is named, and only then', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    writeFileSync(join(folder, 'masks', '.mambrush-export.jsonl'), '');
    const [report, store] = await imported(folder);
    expect(report.masks.found).toBe(0);
    const ignored = expect.stringMatching(/^masks was written by an export/) as string;
    expect(report.warnings).toMatchObject([{ code: 'export-ignored', message: ignored }]);
    const named = await importFolder(store, { masks: join(folder, 'masks') });
    expect(named.masks.imported).toBe(2);
    expect(named.warnings).toEqual([]);
  });

  it('class numbers stay what they are', async () => {
    const folder = temporaryFolder();
    await writePicture(join(folder, 'p1.png'), 1);
    const numbers = disc(1).map((value, at) => (value === 0 ? 0 : at % 64 < 30 ? 1 : 2));
    writeBytes(join(folder, 'masks', 'p1.png'), await sharp(numbers, raw(64, 48)).png().toBuffer());
    const [report, store] = await imported(folder, { interpretation: 'index' });
    expect(report.classes.map(({ name }) => name)).toEqual(['class 1', 'class 2']);
    expect(labelsOf(store, 'p1.png')).toEqual(numbers);
  });

  it('a folder of masks that is not there is an error that names it', async () => {
    const store = open(temporaryFolder());
    await expect(importFolder(store, { masks: '/nowhere/masks' })).rejects.toMatchObject({
      code: 'masks-folder-missing',
      message: expect.stringContaining('/nowhere/masks') as string,
    });
    const file = join(store.folder, 'a file');
    writeFileSync(file, '');
    await expect(importFolder(store, { masks: file })).rejects.toMatchObject({
      code: 'masks-folder-missing',
      message: expect.stringContaining('is a file') as string,
    });
  });
});

describe('importing again', () => {
  it('finds what was moved, changed, removed and added, and leaves the rest', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 5);
    const [, store] = await imported(folder);
    const moved = store.images.byPath('images/p0.png')!.id;
    renameSync(join(folder, 'images', 'p0.png'), join(folder, 'images', 'renamed.png'));
    rmSync(join(folder, 'images', 'p1.png'));
    await writePicture(join(folder, 'images', 'p2.png'), 77);
    await writeDiscMask(join(folder, 'masks', 'p3.png'), 9);
    await writePicture(join(folder, 'images', 'new.png'), 20);
    const report = await importFolder(store);
    expect(report.images).toMatchObject({ added: 1, updated: 1, moved: 1, missing: 1, unchanged: 2 });
    expect(store.images.byPath('images/new.png')).toBeDefined();
    expect(report.changes).toMatchObject({
      updated: ['images/p2.png'],
      moved: [{ from: 'images/p0.png', to: 'images/renamed.png' }],
      missing: ['images/p1.png'],
    });
    expect(store.images.get(moved)?.path).toBe('images/renamed.png');
    expect(store.labels.read(moved)).toEqual(disc(0));
    expect(report.matches.map(({ image }) => image)).toEqual(['images/p3.png']);
    expect(labelsOf(store, 'images/p3.png')).toEqual(disc(9));
  });

  it('never replaces what a person has painted', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    const [, store] = await imported(folder);
    const id = store.images.byPath('images/p0.png')!.id;
    const mine = new Uint8Array(64 * 48).fill(1);
    store.labels.write(id, mine, { origin: 'painted', description: 'brush' });
    await writeDiscMask(join(folder, 'masks', 'p0.png'), 5);
    const report = await importFolder(store);
    expect(report).toMatchObject({ masks: { kept: 1 }, keptLabels: ['images/p0.png'] });
    expect(store.labels.read(id)).toEqual(mine);
  });

  it('never replaces what a person paints while it is at work', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 30);
    const store = open(folder);
    const mine = new Uint8Array(64 * 48);
    let painted = false;
    const report = await importFolder(
      store,
      {},
      {
        // All masks are counted, and the labels not yet written.
        onProgress: ({ done = 0 }) => {
          if (done < 60 || painted) return;
          painted = true;
          store.labels.write(store.images.byPath('images/p9.png')!.id, mine, {
            origin: 'painted',
            description: 'brush',
          });
        },
      },
    );
    expect(report).toMatchObject({ masks: { kept: 1, imported: 29 }, keptLabels: ['images/p9.png'] });
    expect(labelsOf(store, 'images/p9.png')).toEqual(mine);
  });

  it('leaves out what a person removed from the project', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 3);
    const [, store] = await imported(folder);
    store.images.remove([store.images.byPath('images/p1.png')!.id]);
    const report = await importFolder(store);
    expect(report.changes.removed).toEqual(['images/p1.png']);
    expect(store.images.count()).toBe(2);
  });

  it('after kill -9 at any moment ends in the same project', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 90);
    // Times of change long ago, so that only the content counts.
    for (const name of readdirSync(join(folder, 'images'))) utimesSync(join(folder, 'images', name), 1e9, 1e9);
    for (const lines of [1, 40, 120, 200]) {
      const child = startChild(new URL('./import-folder-process.ts', import.meta.url).href, folder);
      for (let line = 0; line < lines; line++) await child.nextLine();
      await child.kill();
    }
    const [, store] = await imported(folder);
    expect(store.images.count()).toBe(90);
    for (let n = 0; n < 90; n++) expect(labelsOf(store, `images/p${n}.png`)).toEqual(disc(n));
    expect(store.classes.all()).toHaveLength(1);
  });

  const unable = canMount ? '' : ' (skipped: may not mount a small disk here)';
  it.skipIf(!canMount)(`on a full disk says so, and goes on when there is room${unable}`, async () => {
    const { folder } = smallDisk('3m');
    await makeDiscFolder(folder, 30);
    const filler = join(folder, 'filler');
    const store = openProject(folder, { create: true });
    let size = 4 << 20;
    while (size > 1024) {
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        size >>= 1;
      }
    }
    await expect(importFolder(store)).rejects.toMatchObject({ code: 'disk-full' });
    rmSync(filler);
    await importFolder(store);
    expect(store.images.count()).toBe(30);
    expect(labelsOf(store, 'images/p29.png')).toEqual(disc(29));
    store.close();
  });
});
