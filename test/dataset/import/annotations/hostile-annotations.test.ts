import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FileNote, ImportReport } from '../../../../engine/contract/dataset.ts';
import { readJson } from '../../../../engine/dataset/import/annotations/read-json.ts';
import { importFolder } from '../../../../engine/dataset/import/import-folder.ts';
import { openProject } from '../../../../engine/store/project-store.ts';
import { temporaryFolder } from '../../../fixtures/disc-pictures.ts';
import { cocoOf, labelmeOf, writeJson, writePlain } from './annotation-fixtures.ts';

type Taken = NonNullable<ImportReport['annotations']> & Record<'skipped' | 'notes', FileNote[]>;

/** What comes of a file as `annotations.json` beside `good.png` and others, all 8×6. */
async function takenFrom(content: unknown, ...others: readonly string[]): Promise<Taken> {
  const folder = temporaryFolder();
  for (const [at, path] of ['good.png', ...others].entries()) await writePlain(join(folder, path), 8, 6, 40 + at);
  writeJson(join(folder, 'annotations.json'), content);
  const store = openProject(folder, { create: true });
  onTestFinished(() => store.close());
  const { annotations, skipped, notes } = await importFolder(store);
  return { ...annotations!, skipped, notes };
}

const codes = (list: readonly { readonly code: string }[]): string[] => list.map(({ code }) => code);

describe('a COCO file with something wrong in it', () => {
  const square = [[1, 1, 3, 1, 3, 3, 1, 3]];

  it.each([
    ['a place that is no number', [[1, 1, '3', 1, 3, 3]], 'annotation-number-wrong'],
    ['a place that is null', [[1, 1, null, 1, 3, 3]], 'annotation-number-wrong'],
    ['a place beyond any picture', [[1, 1, 1e300, 1, 3, 3]], 'annotation-too-far-out'],
    ['two corners', [[1, 1, 3, 3]], 'annotation-outline-too-short'],
    ['half a corner', [[1, 1, 3, 1, 3, 3, 1]], 'annotation-outline-too-short'],
    ['a million and one corners', [new Array<number>(2_000_002).fill(1)], 'annotation-too-complex'],
    ['no polygons', [], 'annotation-without-outline'],
    ['nothing', null, 'annotation-without-outline'],
    ['something else', { rle: 'x' }, 'annotation-outline-wrong'],
    ['run lengths below zero', { size: [6, 8], counts: [3, -3] }, 'annotation-run-lengths-wrong'],
    ['run lengths beyond the image', { size: [6, 8], counts: [3, 46] }, 'annotation-run-lengths-too-long'],
    ['run lengths of another image', { size: [60, 80], counts: [3, 46] }, 'annotation-size-mismatch'],
    ['text that is no run lengths', { size: [6, 8], counts: '\u0000' }, 'annotation-run-lengths-wrong'],
    ['an outline outside of the image', [[-9, -9, -5, -9, -5, -5]], 'annotation-covers-nothing'],
    ['its number twice', square, 'annotation-id-twice'],
  ])('gives labels all the same, and names an object with %s', async (_, segmentation, code) => {
    const coco = cocoOf('good.png');
    const id = code === 'annotation-id-twice' ? 1 : 'x';
    coco.annotations.push({ id, image_id: 1, category_id: 2, segmentation });
    const { imported, notes, skipped, objects, objectsLeftOut } = await takenFrom(coco);
    expect(skipped).toEqual([]);
    expect([imported, objects, objectsLeftOut]).toEqual([1, 1, 1]);
    expect(notes).toMatchObject([{ path: 'good.png', code }]);
    expect(notes[0]?.message).toMatch(/^good\.png: object \w+ .* It is left out\.$/);
  });

  it('as Python writes what is no number, loses that object alone', async () => {
    const coco = cocoOf('good.png');
    coco.annotations.push({ id: 2, image_id: 1, category_id: 1, segmentation: ['NUMBERS'], note: 'NaN "Infinity\\' });
    const text = JSON.stringify(coco).replace('"NUMBERS"', '[NaN, Infinity, -Infinity, 1, 2, 3]');
    const { imported, notes } = await takenFrom(text);
    expect([imported, codes(notes)]).toEqual([1, ['annotation-number-wrong']]);
  });

  it('names images and categories whose numbers are given twice, and what belongs to none', async () => {
    const coco = cocoOf('good.png', 'b.png', 'c.png');
    coco.images[2]!['id'] = 2;
    coco.images.push(
      { id: 7, file_name: '', width: 8, height: 6 },
      { id: 8, file_name: 'd.png', width: -1, height: 6 },
    );
    coco.categories.push({ id: 2, name: 'other' }, { id: 3, name: ' ' }, { id: 1, name: 'cell' });
    coco.annotations.push({ id: 8, image_id: 99, category_id: 1, segmentation: square });
    coco.annotations.push({ id: 9, image_id: 1, category_id: 2, segmentation: square });
    coco.annotations.push({ id: 10, segmentation: square });
    const { matches, notes, skipped } = await takenFrom(coco, 'b.png', 'c.png');
    expect(matches).toEqual([{ image: 'good.png', file: 'annotations.json', objects: 1 }]);
    expect(skipped).toEqual([]);
    expect(codes(notes).toSorted()).toEqual([
      'annotation-category-twice',
      'annotation-category-wrong',
      'annotation-image-twice',
      'annotation-image-wrong',
      'annotation-without-category',
      'annotation-without-image',
      'annotation-wrong',
    ]);
    const text = notes.find(({ code }) => code === 'annotation-image-twice')!.message;
    expect(text).toContain('b.png and c.png are image 2 both');
  });

  it('leaves an image without labels of which nothing can be drawn', async () => {
    const coco = cocoOf('good.png', 'b.png');
    coco.annotations[1]!['segmentation'] = [];
    const { imported, skipped } = await takenFrom(coco, 'b.png');
    expect([imported, codes(skipped)]).toEqual([1, ['annotation-nothing-drawn']]);
  });

  it('with names that mean something to JavaScript is read like any other', async () => {
    const coco = cocoOf('good.png');
    coco.categories[0]!['name'] = '__proto__';
    coco.images.push({ id: '__proto__', file_name: 'constructor', width: 8, height: 6 });
    const { imported, unmatched, skipped } = await takenFrom(coco);
    expect([imported, unmatched, skipped]).toEqual([1, ['constructor'], []]);
  });
});

describe('a labelme file with something wrong in it', () => {
  it('gives labels all the same, and names each shape', async () => {
    const folder = temporaryFolder();
    await writePlain(join(folder, 'a.png'), 8, 6);
    const shape = (shape_type: string | null, points: unknown, more: object = {}): object => ({
      label: 'cell',
      shape_type,
      points,
      ...more,
    });
    const pair = [
      [1, 1],
      [2, 2],
    ];
    const shapes = [
      shape('polygon', pair),
      shape('polygon', 'none'),
      shape('polygon', [[1, 1, 1]]),
      shape('rectangle', [[1, 1]]),
      shape('circle', [
        [1, 1],
        [1e200, 1],
      ]),
      shape('spline', pair),
      shape('mask', pair, { mask: 5 }),
      shape('mask', pair, { mask: 'AAAA' }),
      { ...shape('polygon', pair), label: '' },
      7,
    ];
    writeJson(join(folder, 'a.json'), labelmeOf('a.png', 'cell', shapes));
    const store = openProject(folder, { create: true });
    onTestFinished(() => store.close());
    const { annotations, notes } = await importFolder(store);
    expect([annotations!.objects, annotations!.objectsLeftOut]).toEqual([1, shapes.length]);
    expect(new Set(codes(notes))).toEqual(
      new Set([
        'annotation-outline-too-short',
        'annotation-wrong',
        'annotation-too-far-out',
        'annotation-shape-unknown',
        'annotation-mask-not-readable',
      ]),
    );
  });
});

describe('a file that is none', () => {
  it.each([
    ['', 'annotations-not-json'],
    ['{"images": [', 'annotations-not-json'],
    ['\ufeff[]', 'annotations-not-known'],
    ['null', 'annotations-not-known'],
    ['{"shapes": 5}', 'annotations-not-known'],
    ['['.repeat(200_000), 'annotations-too-deep'],
    ['{"a":'.repeat(200_000), 'annotations-too-deep'],
    ['"'.repeat(100_001), 'annotations-not-json'],
    ['{"images":[],"annotations":[],"categories":"\\\\"', 'annotations-not-json'],
  ])('is named: %.20s', async (content, code) => {
    const { skipped, imported } = await takenFrom(content);
    expect([codes(skipped), imported]).toEqual([[code], 0]);
    expect(skipped[0]?.message).toMatch(/^annotations\.json /);
  });

  it('in a file beside an image is nobody’s business, but among named ones it is said', async () => {
    const folder = temporaryFolder();
    await writePlain(join(folder, 'a.png'), 8, 6);
    writeJson(join(folder, 'a.json'), '{ half');
    const store = openProject(folder, { create: true });
    onTestFinished(() => store.close());
    expect((await importFolder(store)).annotations).toBeNull();
    mkdirSync(join(folder, 'named'));
    writeFileSync(join(folder, 'named', 'b.json'), '{ half');
    const { skipped } = await importFolder(store, { annotations: join(folder, 'named') });
    expect(skipped).toMatchObject([{ path: 'named/b.json', code: 'annotations-not-json' }]);
  });

  it.skipIf(process.platform === 'win32')('behind a link out of the folder is not followed', async () => {
    const folder = temporaryFolder();
    const elsewhere = temporaryFolder();
    await writePlain(join(folder, 'good.png'), 8, 6);
    writeJson(join(elsewhere, 'secret.json'), cocoOf('good.png'));
    symlinkSync(join(elsewhere, 'secret.json'), join(folder, 'annotations.json'));
    const store = openProject(folder, { create: true });
    onTestFinished(() => store.close());
    const report = await importFolder(store);
    expect(report.annotations).toBeNull();
    expect(codes(report.skipped)).toEqual(['link-outside']);
  });
});

describe('a file of many images', () => {
  it('is taken over in pieces, and names the first hundred of those that are not here', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `p${at}.png`);
    const coco = cocoOf('good.png', ...names);
    for (let at = 0; at < 8000; at++) {
      const segmentation = [Array.from({ length: 20 }, (_, k) => ((at * 7 + k * 3) % 80) / 10)];
      coco.annotations.push({ id: 100 + at, image_id: 1 + (at % 13), category_id: 1 + (at % 2), segmentation });
      if (at % 4 === 0) coco.images.push({ id: 1000 + at, file_name: `elsewhere/${at}.png`, width: 8, height: 6 });
    }
    const annotations = await takenFrom(coco, ...names);
    expect(annotations).toMatchObject({ images: 2013, matched: 13 });
    expect(annotations.unmatched).toHaveLength(100);
    expect(annotations.objects + annotations.objectsLeftOut).toBe(8013);
  });
});

describe('a file beyond a limit', () => {
  const limits = { bytes: 1000, depth: 3, containers: 10, values: 100 };

  it.each([
    ['of size', `"${'a'.repeat(1000)}"`, 'annotations-too-large'],
    ['of values', `[${'1,'.repeat(120)}1]`, 'annotations-too-large'],
    ['of lists and objects', `[${'[],{},'.repeat(5)}0]`, 'annotations-too-large'],
    ['of depth', '[[{"a":[]}]]', 'annotations-too-deep'],
  ])('%s is refused before it is parsed', async (_, text, code) => {
    const path = join(temporaryFolder(), 'x.json');
    writeJson(path, text);
    await expect(readJson(path, 'x.json', limits)).rejects.toMatchObject({ code });
    expect(await readJson(path, 'x.json')).toEqual(JSON.parse(text));
  });

  it('counts nothing that stands in texts', async () => {
    const path = join(temporaryFolder(), 'x.json');
    const content = { a: '[[[[{{{{'.repeat(20), b: ',\\"NaN'.repeat(60) };
    writeJson(path, content);
    expect(await readJson(path, 'x.json', limits)).toEqual(content);
  });
});
