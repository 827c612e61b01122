import { copyFileSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { writeCoco } from '../../../engine/dataset/export/export-coco.ts';
import { exportMasks } from '../../../engine/dataset/export/export-masks.ts';
import { exportTable } from '../../../engine/dataset/export/export-table.ts';
import { importFolder } from '../../../engine/dataset/import/import-folder.ts';
import type { ImportFolderOptions } from '../../../engine/dataset/import/import-folder.ts';
import type { ImportReport } from '../../../engine/contract/dataset.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import type { ProjectStore } from '../../../engine/store/project-store.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { cocoOf, fixture, labelmeOf, writeJson, writePlain } from './annotations/annotation-fixtures.ts';
import { randomLabels } from '../export/objects.ts';

function open(folder: string): ProjectStore {
  const store = openProject(folder, { create: true });
  onTestFinished(() => store.close());
  return store;
}

type Taken = ImportReport & { readonly annotations: NonNullable<ImportReport['annotations']> };

async function imported(store: ProjectStore, options: ImportFolderOptions = {}): Promise<Taken> {
  const report = await importFolder(store, options);
  if (report.annotations === null) throw new Error('no annotations were read');
  return { ...report, annotations: report.annotations };
}

function labelsOf(store: ProjectStore, path: string): number[] | undefined {
  const labels = store.labels.read(store.images.byPath(path)!.id);
  return labels && [...labels];
}

/** A folder with pictures of 8×6. */
async function folderOf(...images: readonly string[]): Promise<string> {
  const folder = temporaryFolder();
  for (const [at, path] of images.entries()) await writePlain(join(folder, path), 8, 6, 40 + at);
  return folder;
}

/** A square of two pixels' side on 8×6. */
function square(left: number, top: number, value = 1): number[] {
  const labels = new Array<number>(48).fill(0);
  for (const y of [top, top + 1]) labels.fill(value, 8 * y + left, 8 * y + left + 2);
  return labels;
}

const codes = (list: readonly { readonly code: string }[]): string[] => list.map(({ code }) => code);

describe('a COCO file', () => {
  it('made by pycocotools gives its label maps pixel by pixel, and classes in the order of its categories', async () => {
    const folder = temporaryFolder();
    await writePlain(join(folder, 'a.png'), 60, 40);
    await writePlain(join(folder, '深', 'b c.png'), 33, 51);
    copyFileSync(fixture('instances.json'), join(folder, 'instances_val.json'));
    const store = open(folder);
    const { annotations, classes, keptLabels, skipped, notes } = await imported(store);
    expect(classes.map(({ name }) => name)).toEqual(['dog', '细胞', 'cat']);
    for (const [path, name] of [
      ['a.png', 'instances-a.png'],
      ['深/b c.png', 'instances-b.png'],
    ] as const) {
      const expected = await sharp(fixture(name)).toColourspace('b-w').raw().toBuffer();
      expect(labelsOf(store, path)).toEqual([...expected]);
    }
    const { annotations: listed } = JSON.parse(readFileSync(fixture('instances.json'), 'utf8')) as {
      annotations: unknown[];
    };
    expect(annotations).toMatchObject({
      files: ['instances_val.json'],
      formats: ['coco'],
      images: 2,
      matched: 2,
      unchanged: 0,
      kept: 0,
      objects: listed.length,
      objectsLeftOut: 0,
    });
    expect([keptLabels, skipped, notes]).toEqual([[], [], []]);
    expect(store.images.byPath('a.png')?.state).toBe('done');
  });

  it('that an export wrote gives the same label maps, in the same order of classes and with their colors', async () => {
    const folder = temporaryFolder();
    const maps = [1, 2, 3].map((seed) => randomLabels(40, 30, seed).map((value) => (value === 255 ? 0 : value)));
    maps.push(new Uint8Array(1200));
    const classes = [
      { name: '细胞', color: '#123456' },
      { name: 'debris', color: '#abcdef' },
    ];
    const images = maps.map((labels, at) => ({ id: at + 5, path: `子/p${at}.png`, width: 40, height: 30, labels }));
    for (const { path } of images) await writePlain(join(folder, path), 40, 30, path.charCodeAt(3));
    const listed = images.map(({ labels, ...image }) => ({ ...image, origin: 'v1', labels: () => labels }));
    const output = temporaryFolder();
    await exportTable(output, 'annotations.json', writeCoco, { images: listed, classes });
    const store = open(folder);
    const report = await imported(store, { annotations: join(output, 'annotations.json') });
    expect(report).toMatchObject({ annotations: { matched: 4, objectsLeftOut: 0 }, skipped: [] });
    for (const { path, labels } of images) expect(labelsOf(store, path)).toEqual([...labels]);
    expect(store.classes.all().map(({ name, color }) => ({ name, color }))).toEqual(classes);
  });

  it('finds its classes by name in the project, and adds the others behind them', async () => {
    const folder = await folderOf('a.png');
    const coco = cocoOf('a.png');
    coco.annotations[0]!['category_id'] = 2;
    coco.annotations.push({ ...coco.annotations[0], id: 9, category_id: 1, segmentation: [[6, 4, 8, 4, 8, 6, 6, 6]] });
    writeJson(join(folder, 'annotations.json'), coco);
    const store = open(folder);
    for (const name of ['nothing', 'Debris']) store.classes.add({ name });
    const { classes } = await imported(store);
    expect(classes.map(({ index, name }) => [index, name])).toEqual([
      [1, 'nothing'],
      [2, 'Debris'],
      [3, 'cell'],
    ]);
    expect(classes).toEqual(store.classes.all());
    const expected = square(0, 0, 2);
    for (const [at, value] of square(6, 4, 3).entries()) if (value > 0) expected[at] = value;
    expect(labelsOf(store, 'a.png')).toEqual(expected);
  });

  it('finds images by folders, the end of a path or backslashes, and guesses none', async () => {
    const folder = await folderOf('train/a.png', 'val/a.png', 'b.png', 'x/\u00e9.png', 'test/c.png');
    const names = ['train\\a.png', 'a.png', 'images/b.png', 'e\u0301.png', 'missing.png', '../ann/c.png'];
    const outside = ['/etc/passwd', 'C:\\a.png', '../../b.png', 'https://example.org/b.png'];
    writeJson(join(folder, 'ann', 'annotations.json'), cocoOf(...names, ...outside));
    const { annotations, skipped } = await imported(open(folder));
    expect(annotations.matches.map(({ image }) => image)).toEqual(['train/a.png', 'b.png', 'x/\u00e9.png']);
    expect(annotations.unmatched).toEqual(['missing.png', '../ann/c.png']);
    expect(codes(skipped).toSorted()).toEqual([
      'annotation-image-unsure',
      ...Array<string>(4).fill('annotation-path-outside'),
    ]);
  });

  it('of images that it lists without objects leaves them unlabelled, and says so, unless told what they are', async () => {
    const folder = await folderOf('a.png', 'b.png');
    const coco = cocoOf('a.png', 'b.png');
    coco.annotations.pop();
    writeJson(join(folder, 'annotations.json'), coco);
    const store = open(folder);
    const { warnings } = await imported(store);
    expect(codes(warnings)).toEqual(['annotations-empty-images']);
    expect(labelsOf(store, 'b.png')).toBeUndefined();
    await imported(store, { emptyImages: 'background' });
    expect(labelsOf(store, 'b.png')).toEqual(new Array(48).fill(0));
  });

  it('for pictures of another size is refused by their names, and turned with a picture that the camera turned', async () => {
    const folder = await folderOf('a.png');
    await writePlain(join(folder, 'b.png'), 9, 6);
    await sharp({ create: { width: 8, height: 6, channels: 3, background: '#405060' } })
      .withMetadata({ orientation: 6 })
      .toFile(join(folder, 'turned.jpg'));
    writeJson(join(folder, 'annotations.json'), cocoOf('a.png', 'b.png', 'turned.jpg'));
    const store = open(folder);
    const { skipped, notes } = await imported(store);
    expect(skipped).toEqual([
      {
        path: 'b.png',
        code: 'annotation-size-mismatch',
        message: 'b.png is 9×6, but annotations.json was made for 8×6. Use the very pictures that were annotated.',
      },
    ]);
    expect(codes(notes)).toEqual(['annotation-turned']);
    // The square at columns 2 and 3 of the first rows is, turned clockwise, at rows 2 and 3 of the last columns.
    const upright = new Array<number>(48).fill(0);
    for (const y of [2, 3]) upright.fill(1, 6 * y + 4, 6 * y + 6);
    expect(labelsOf(store, 'turned.jpg')).toEqual(upright);
  });
});

describe('labelme files', () => {
  it('written by labelme are found beside their image, and their picture is not needed', async () => {
    const folder = temporaryFolder();
    await writePlain(join(folder, 'photos', 'cell 1.png'), 50, 44);
    copyFileSync(fixture('labelme.json'), join(folder, 'photos', 'cell 1.json'));
    const store = open(folder);
    const { annotations, classes, ignored, skipped, notes } = await imported(store);
    expect(annotations).toMatchObject({ formats: ['labelme'], matched: 1, objects: 4, objectsLeftOut: 3 });
    expect(skipped).toEqual([]);
    expect(notes).toMatchObject([{ path: 'photos/cell 1.png', code: 'annotation-without-area' }]);
    expect(notes[0]?.message).toContain('It is left out, and so are 2 more.');
    // By name: labelme has no list of classes.
    expect(classes.map(({ name }) => name)).toEqual(['cytoplasm', 'debris', 'nucleus']);
    const labels = labelsOf(store, 'photos/cell 1.png')!;
    expect([labels[15 * 50 + 10], labels[25 * 50 + 35], labels[33 * 50 + 7]]).toEqual([3, 1, 2]);
    expect(ignored.otherFiles).toEqual({ '.json': 1 });
  });

  it('lie in a folder of their own too, and find their image by its path as on Windows or by their own name', async () => {
    const folder = await folderOf('photos/a.png', 'photos/b.png', 'photos/c.png');
    writeJson(join(folder, 'labelme', '1.json'), labelmeOf('..\\photos\\a.png'));
    writeJson(join(folder, 'labelme', 'b.json'), labelmeOf('D:\\somewhere\\else\\b.png'));
    writeJson(join(folder, 'labelme', 'photos', 'c.json'), labelmeOf(null));
    writeJson(join(folder, 'labelme', 'nobody.json'), labelmeOf('nobody.png'));
    const store = open(folder);
    const { annotations } = await imported(store, { annotations: join(folder, 'labelme') });
    expect(annotations.matches).toEqual([
      { image: 'photos/a.png', file: 'labelme/1.json', objects: 1 },
      { image: 'photos/b.png', file: 'labelme/b.json', objects: 1 },
      { image: 'photos/c.png', file: 'labelme/photos/c.json', objects: 1 },
    ]);
    expect(annotations.unmatched).toEqual(['nobody.png']);
    expect(labelsOf(store, 'photos/b.png')).toEqual(square(1, 1));
  });

  it('draw later shapes over earlier ones, background and what is to be ignored too, and numbers follow the names', async () => {
    const folder = await folderOf('a.png');
    const box = (label: string, ...[x1, y1, x2, y2]: number[]): object => ({
      label,
      shape_type: 'rectangle',
      points: [
        [x2, y2],
        [x1, y1],
      ],
    });
    const shapes = [
      box('z', 0, 0, 8, 3),
      box('_background_', 0, 0, 2, 1),
      box('__ignore__', 2, 0, 4, 1),
      box('b', 4, 0, 5, 1),
    ];
    writeJson(join(folder, 'a.json'), labelmeOf('a.png', 'z', shapes));
    const store = open(folder);
    await imported(store);
    expect(store.classes.all().map(({ name }) => name)).toEqual(['b', 'z']);
    expect(labelsOf(store, 'a.png')?.slice(0, 16)).toEqual([
      0,
      0,
      255,
      255,
      1,
      2,
      2,
      2,
      ...new Array<number>(8).fill(2),
    ]);
  });

  it('that an export wrote give the same label maps', async () => {
    const folder = temporaryFolder();
    const maps = [4, 5].map((seed) => randomLabels(40, 30, seed).map((value) => (value === 255 ? 0 : value)));
    const items = maps.map((labels, at) => {
      const path = `图/a b${at}.png`;
      return { path, absolutePath: join(folder, path), width: 40, height: 30, origin: 'v1', labels: () => labels };
    });
    for (const { absolutePath } of items) await writePlain(absolutePath, 40, 30, absolutePath.at(-5)!.charCodeAt(0));
    const outputFolder = temporaryFolder();
    const classes = ['a', 'b'].map((name) => ({ name, color: '#123456' }));
    await exportMasks(items, { outputFolder, classes, format: 'labelme' });
    const store = open(folder);
    expect(await imported(store, { annotations: outputFolder })).toMatchObject({
      annotations: { matched: 2 },
      skipped: [],
    });
    for (const [at, { path }] of items.entries()) expect(labelsOf(store, path)).toEqual([...maps[at]!]);
  });
});

describe('annotations', () => {
  it('are not looked for where masks are, and named ones are taken instead of them', async () => {
    const folder = await folderOf('a.png', 'b.png');
    await sharp(Buffer.alloc(48, 255), { raw: { width: 8, height: 6, channels: 1 } }).toFile(
      join(folder, 'b_mask.png'),
    );
    writeJson(join(folder, 'annotations.json'), cocoOf('a.png', 'b.png'));
    writeJson(join(folder, 'a.json'), labelmeOf('a.png'));
    const store = open(folder);
    const first = await importFolder(store);
    expect([first.annotations, first.masks.imported]).toEqual([null, 1]);
    expect(codes(first.warnings)).toEqual(['masks-mostly-class', 'annotations-left-aside']);
    const second = await imported(store, { annotations: join(folder, 'annotations.json') });
    expect(codes(second.warnings)).toEqual(['masks-left-aside']);
    expect(labelsOf(store, 'b.png')?.filter((value) => value > 0)).toHaveLength(4);
  });

  it('that say of an image two things are left aside', async () => {
    const folder = await folderOf('a.png', 'b.png');
    writeJson(join(folder, 'annotations.json'), cocoOf('a.png'));
    writeJson(join(folder, 'a.json'), labelmeOf('a.png'));
    writeJson(join(folder, 'b.json'), { scanner: 'something else' });
    const store = open(folder);
    const { skipped } = await imported(store);
    expect(skipped).toMatchObject([{ path: 'a.png', code: 'annotations-unsure' }]);
    expect(store.labels.labelledImageIds()).toEqual([]);
  });

  it('are left alone when they are as before, taken again when they changed, and never over a person’s work', async () => {
    const folder = await folderOf('a.png', 'b.png', 'c.png');
    const file = join(folder, 'annotations.json');
    const coco = cocoOf('a.png', 'b.png', 'c.png');
    writeJson(file, coco);
    const store = open(folder);
    expect((await imported(store)).annotations.imported).toBe(3);
    expect((await imported(store)).annotations).toMatchObject({ imported: 0, matches: [], unchanged: 3, objects: 0 });
    store.labels.write(store.images.byPath('c.png')!.id, new Uint8Array(48).fill(1), {
      origin: 'painted',
      description: 'brush',
    });
    for (const at of [0, 2]) coco.annotations[at]!['segmentation'] = [[3, 3, 5, 3, 5, 5, 3, 5]];
    writeJson(file, `${JSON.stringify(coco)}\n`);
    const { annotations, keptLabels } = await imported(store);
    expect(annotations).toMatchObject({ imported: 1, matches: [{ image: 'a.png' }], unchanged: 1, kept: 1 });
    expect(keptLabels).toEqual(['c.png']);
    expect(labelsOf(store, 'a.png')).toEqual(square(3, 3));
    expect(labelsOf(store, 'c.png')).toEqual(new Array(48).fill(1));
  });

  it('are told of in a dry run, which changes nothing', async () => {
    const folder = await folderOf('a.png', 'b.png');
    writeJson(join(folder, 'annotations.json'), cocoOf('a.png', 'b.png'));
    const store = open(folder);
    const dry = await imported(store, { dryRun: true });
    expect(dry.annotations).toMatchObject({ matched: 2, matches: [{ objects: 1 }, { objects: 1 }], objects: 2 });
    expect(dry.classes).toMatchObject([{ id: 0, index: 1, name: 'cell' }]);
    expect([store.images.count(), store.classes.all()]).toEqual([0, []]);
    await imported(store);
    expect((await imported(store, { dryRun: true })).annotations).toMatchObject({
      imported: 0,
      matches: [],
      unchanged: 2,
    });
  });

  it('can be stopped, and what was taken is whole', async () => {
    const images = Array.from({ length: 30 }, (_, at) => `p${at}.png`);
    const folder = await folderOf(...images);
    writeJson(join(folder, 'annotations.json'), cocoOf(...images.slice(0, 6)));
    const store = open(folder);
    const stop = new AbortController();
    const onProgress = ({ text }: { readonly text?: string }): void => {
      if (text === 'reading annotations.json') stop.abort();
    };
    const stopped = importFolder(store, {}, { signal: stop.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(store.labels.labelledImageIds()).toEqual([]);
    expect((await imported(store)).annotations.imported).toBe(6);
  });

  it('that are named and not there are an error', async () => {
    const folder = await folderOf('a.png');
    const store = open(folder);
    for (const annotations of [join(folder, 'none.json'), folder]) {
      await expect(importFolder(store, { annotations })).rejects.toMatchObject({ code: 'annotations-missing' });
    }
    writeJson(join(folder, 'x.json'), {});
    renameSync(join(folder, 'x.json'), join(folder, 'y.txt'));
    const { skipped } = await imported(store, { annotations: join(folder, 'y.txt') });
    expect(skipped).toMatchObject([{ path: 'y.txt', code: 'annotations-not-known' }]);
  });
});
