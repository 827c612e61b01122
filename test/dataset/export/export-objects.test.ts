import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { writeAreas } from '../../../engine/dataset/export/export-areas.ts';
import { writeCoco } from '../../../engine/dataset/export/export-coco.ts';
import { exportMasks } from '../../../engine/dataset/export/export-masks.ts';
import { exportTable } from '../../../engine/dataset/export/export-table.ts';
import type { FilesReport } from '../../../engine/dataset/export/export-folder.ts';
import type { LabelledImage, TableWriter } from '../../../engine/dataset/export/export-table.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { canMount, smallDisk } from '../../store/small-disk.ts';
import { fillOutlines, fillRunLengths, picture, randomLabels } from './objects.ts';

const classes = [
  { name: '细胞, "核"', color: '#e69f00' },
  { name: '=debris', color: '#0072b2' },
];

function image(id: number, path: string, { labels, size }: ReturnType<typeof picture>): LabelledImage {
  return { id, path, ...size, origin: `v1 ${path}`, labels: () => labels };
}

const random = (seed: number): ReturnType<typeof picture> => ({
  labels: randomLabels(23, 17, seed),
  size: { width: 23, height: 17 },
});

/** A map as formats without unlabelled pixels have it. */
const without255 = (labels: Uint8Array): number[] => [...labels].map((value) => (value === 255 ? 0 : value));

interface CocoFile {
  readonly categories: readonly { readonly id: number; readonly name: string }[];
  readonly images: readonly { readonly id: number; readonly file_name: string; readonly width: number }[];
  readonly annotations: readonly {
    readonly id: number;
    readonly image_id: number;
    readonly category_id: number;
    readonly area: number;
    readonly bbox: readonly number[];
    readonly iscrowd: number;
    readonly segmentation: readonly number[][] | { readonly counts: number[]; readonly size: [number, number] };
  }[];
}

interface LabelmeFile {
  readonly imagePath: string;
  readonly imageData: null;
  readonly imageWidth: number;
  readonly imageHeight: number;
  readonly shapes: readonly {
    readonly label: string;
    readonly shape_type: string;
    readonly points: readonly [number, number][];
    readonly mask: string | null;
  }[];
}

async function exported(
  folder: string,
  name: string,
  write: TableWriter,
  images: readonly LabelledImage[],
): Promise<string> {
  const report = await exportTable(folder, name, write, { images, classes });
  expect(report).toEqual({ written: [name], unchanged: [], kept: [] });
  return readFileSync(join(folder, name), 'utf8');
}

describe('a COCO file', () => {
  it('has every object with exactly its pixels, its area and its box, in the numbers of the classes’ order', async () => {
    const pictures = [random(1), random(2), picture('...', '?..'), random(3)];
    const images = pictures.map((one, at) => image(7 * at + 3, `图 ${at}/a "b".png`, one));
    const file = JSON.parse(await exported(temporaryFolder(), 'annotations.json', writeCoco, images)) as CocoFile;
    expect(file.categories.map(({ id, name }) => [id, name])).toEqual([
      [1, classes[0]!.name],
      [2, classes[1]!.name],
    ]);
    expect(file.images.map(({ id, file_name }) => [id, file_name])).toEqual(images.map(({ id, path }) => [id, path]));
    expect(file.annotations.map(({ id }) => id)).toEqual(file.annotations.map((_, at) => at + 1));
    expect(file.annotations.some(({ segmentation }) => !Array.isArray(segmentation))).toBe(true);
    for (const [at, { id }] of images.entries()) {
      const { labels, size } = pictures[at]!;
      const back = new Uint8Array(labels.length);
      for (const { image_id, category_id, segmentation, area, bbox, iscrowd } of file.annotations) {
        if (image_id !== id) continue;
        const one = new Uint8Array(labels.length);
        if ('counts' in segmentation) fillRunLengths(one, segmentation, 1);
        else fillOutlines(one, size.width, segmentation, 1);
        const pixels = [...one.keys()].filter((pixel) => one[pixel] === 1);
        const columns = pixels.map((pixel) => pixel % size.width);
        const rows = pixels.map((pixel) => Math.floor(pixel / size.width));
        const [left, top] = [Math.min(...columns), Math.min(...rows)];
        expect([area, iscrowd]).toEqual([pixels.length, 0]);
        expect(bbox).toEqual([left, top, Math.max(...columns) + 1 - left, Math.max(...rows) + 1 - top]);
        for (const pixel of pixels) {
          expect(back[pixel]).toBe(0);
          back[pixel] = category_id;
        }
      }
      expect([...back]).toEqual(without255(labels));
    }
  });

  it('without any object is a file all the same', async () => {
    const text = await exported(temporaryFolder(), 'annotations.json', writeCoco, [image(1, 'a.png', picture('..'))]);
    expect((JSON.parse(text) as CocoFile).annotations).toEqual([]);
  });
});

describe('labelme files', () => {
  it('lie like the images, name them and the classes, and hold exactly their objects', async () => {
    const folder = temporaryFolder();
    const { labels, size } = picture('.1111?', '.1..1.', '.121.2', '.1111.', '1.....', '.22222', '.2.1.2', '.22222');
    const item = {
      path: '图/a b.png',
      absolutePath: join(folder, '图', 'a b.png'),
      ...size,
      origin: 'v1',
      labels: () => labels,
    };
    const options = { outputFolder: join(folder, 'labelme'), classes, format: 'labelme' } as const;
    const report = await exportMasks([item], options);
    expect(report).toMatchObject({ written: ['图/a b.json'], unlabelledAsBackground: ['图/a b.png'] });
    const text = readFileSync(join(folder, 'labelme', '图', 'a b.json'), 'utf8');
    const file = JSON.parse(text) as LabelmeFile;
    expect(file).toMatchObject({ imagePath: '../../图/a b.png', imageData: null, imageWidth: 6, imageHeight: 8 });
    expect(new Set(file.shapes.map(({ shape_type }) => shape_type))).toEqual(new Set(['polygon', 'mask']));
    const back = new Uint8Array(labels.length);
    for (const { label, shape_type, points, mask } of file.shapes) {
      const value = 1 + classes.findIndex(({ name }) => name === label);
      if (shape_type === 'polygon') {
        fillOutlines(back, size.width, [points.flat()], value);
        continue;
      }
      const [[x1, y1] = [0, 0], [x2, y2] = [0, 0]] = points;
      const { data, info } = await sharp(Buffer.from(mask!, 'base64'))
        .toColourspace('b-w')
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([x2 - x1 + 1, y2 - y1 + 1, 1]);
      data.forEach((inside, at) => {
        if (inside > 0) back[(y1 + Math.floor(at / info.width)) * size.width + x1 + (at % info.width)] = value;
      });
    }
    expect([...back]).toEqual(without255(labels));
    expect((await exportMasks([item], options)).unchanged).toEqual(['图/a b.json']);
    const renamed = [{ ...classes[0]!, name: 'nucleus' }, classes[1]!];
    expect((await exportMasks([item], { ...options, classes: renamed })).written).toEqual(['图/a b.json']);
  });
});

describe('the table of areas', () => {
  it('has a line for every image and class, and is safe for spreadsheets', async () => {
    const images = [image(1, '图,1.png', picture('11.?', '1.1?', '22..')), image(2, 'b.png', picture('??'))];
    const text = await exported(temporaryFolder(), 'areas.csv', writeAreas, images);
    expect(text.startsWith('\ufeffimage,width,height,class,class number,pixels,share of labelled,objects,')).toBe(true);
    expect(text.split('\r\n').slice(1)).toEqual([
      '"图,1.png",4,3,"细胞, ""核""",1,4,0.400000,2,2,3,2',
      `"图,1.png",4,3,'=debris,2,2,0.200000,1,2,2,2`,
      'b.png,2,1,"细胞, ""核""",1,0,,0,,,2',
      `b.png,2,1,'=debris,2,0,,0,,,2`,
      '',
    ]);
  });
});

describe('a file of all labels that is there already', () => {
  const one = (origin: string): LabelledImage => ({ ...image(1, 'a.png', picture('.1')), origin });
  const again = (folder: string, origin: string, overwrite = false): Promise<FilesReport> =>
    exportTable(folder, 'areas.csv', writeAreas, { images: [one(origin)], classes, overwrite });

  it('is left alone when it is up to date, and replaced when labels changed', async () => {
    const folder = temporaryFolder();
    expect((await again(folder, 'v1')).written).toEqual(['areas.csv']);
    expect((await again(folder, 'v1')).unchanged).toEqual(['areas.csv']);
    expect((await again(folder, 'v2')).written).toEqual(['areas.csv']);
  });

  it('is kept when a person worked on it, until told otherwise', async () => {
    const folder = temporaryFolder();
    await again(folder, 'v1');
    writeFileSync(join(folder, 'areas.csv'), 'with a column of mine');
    expect((await again(folder, 'v2')).kept).toMatchObject([{ file: 'areas.csv' }]);
    expect(readFileSync(join(folder, 'areas.csv'), 'utf8')).toBe('with a column of mine');
    expect((await again(folder, 'v2', true)).written).toEqual(['areas.csv']);
  });

  it.skipIf(process.platform !== 'linux')(
    'cannot be made where no folder can be, and that is said at once',
    async () => {
      await expect(again('/proc/nothing/here', 'v1')).rejects.toMatchObject({ code: 'folder-missing' });
      const folder = temporaryFolder();
      await again(join(folder, 'a', 'b', 'c'), 'v1');
      await expect(again(join(folder, 'a', 'b', 'c', 'areas.csv', 'd'), 'v1')).rejects.toMatchObject({
        code: 'folder-missing',
      });
    },
  );

  const unable = canMount ? '' : ' (skipped: may not mount a small disk here)';
  it.skipIf(!canMount)(`is the old one after a full disk${unable}`, async () => {
    const disk = smallDisk('64k');
    await again(disk.folder, 'v1');
    const before = readFileSync(join(disk.folder, 'areas.csv'));
    const images = Array.from({ length: 2000 }, (_, n) => image(n, `image number ${n}.png`, picture('1')));
    const full = exportTable(disk.folder, 'areas.csv', writeAreas, { images, classes });
    await expect(full).rejects.toMatchObject({ code: 'disk-full' });
    expect(readFileSync(join(disk.folder, 'areas.csv'))).toEqual(before);
  });

  it('is the old one when its user stops', async () => {
    const folder = temporaryFolder();
    const control = new AbortController();
    const images = [one('v1'), one('v2')];
    const work = { signal: control.signal, onProgress: () => control.abort() };
    const stopped = exportTable(folder, 'annotations.json', writeCoco, { images, classes }, work);
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });
});
