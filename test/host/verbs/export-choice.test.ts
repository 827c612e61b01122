import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ExportReport } from '../../../engine/contract/dataset.ts';
import type { Progress } from '../../../engine/contract/progress.ts';
import type { ArgumentsOf, EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { readPngIndices } from '../../../engine/dataset/images/formats/png-indices.ts';
import { openBytes } from '../../../engine/dataset/images/formats/byte-reader.ts';
import { fillOutlines, fillRunLengths } from '../../dataset/export/objects.ts';
import { disc, makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

interface Opened {
  readonly client: EngineClient;
  readonly folder: string;
  readonly ids: readonly number[];
  readonly exported: (wishes: Omit<ArgumentsOf<'dataset.export'>, 'project'>) => Promise<ExportReport>;
}

async function open(count: number, labelled = count): Promise<Opened> {
  const folder = await makeDiscFolder(temporaryFolder(), count, labelled);
  const client = connectInProcess();
  onTestFinished(() => client.close());
  await client.request('dataset.import', { folder });
  const ids = (await client.request('images.list', { project: folder })).images.map(({ id }) => id);
  const exported: Opened['exported'] = (wishes) => client.request('dataset.export', { project: folder, ...wishes });
  return { client, folder, ids, exported };
}

async function numbersIn(
  path: string,
): Promise<{ readonly palette: number[] | undefined; readonly indices: number[] }> {
  const file = await openBytes(path, path);
  try {
    const image = await readPngIndices(file);
    return { palette: image.hasPalette ? [...image.palette] : undefined, indices: [...image.indices] };
  } finally {
    await file.close();
  }
}

async function grey(path: string): Promise<number[]> {
  return [...(await sharp(path).toColourspace('b-w').raw().toBuffer())];
}

describe('the images that are chosen', () => {
  it('are exported and no others, under the names that they have among all', async () => {
    const { exported, ids, client, folder } = await open(4, 3);
    const output = temporaryFolder();
    const report = await exported({ output, images: [ids[2]!, ids[0]!, ids[3]!, ids[0]!] });
    expect(report).toMatchObject({ images: 2, leftOut: 1, files: ['images/p0.png', 'images/p2.png'] });
    expect(existsSync(join(output, 'images', 'p1.png'))).toBe(false);
    await expect(exported({ output, images: [ids[3]!] })).rejects.toMatchObject({
      code: 'nothing-to-export',
      message: 'None of the chosen images has labels.',
    });
    await expect(exported({ output, images: [] })).rejects.toMatchObject({ code: 'nothing-to-export' });
    await expect(exported({ output, images: [4711] })).rejects.toMatchObject({ code: 'image-unknown' });
    await exported({ output, format: 'coco', images: [ids[1]!] });
    const file = JSON.parse(readFileSync(join(output, 'annotations.json'), 'utf8')) as { images: { id: number }[] };
    expect(file.images.map(({ id }) => id)).toEqual([ids[1]]);
    await client.request('dataset.split', { project: folder, train: 1, val: 1, test: 1 });
    const { images, leftOut } = await exported({ output, format: 'npy', size: 16, images: [ids[0]!, ids[1]!] });
    expect([images, leftOut]).toEqual([2, 0]);
  });

  it('are predicted and no others', async () => {
    const { client, folder, ids } = await open(3);
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const wishes = { project: folder, checkpoint, probabilities: true };
    const images = [ids[2]!, ids[1]!];
    const report = await client.request('predict.project', { ...wishes, images });
    expect(report.files.map(({ input }) => input)).toEqual(['images/p2.png', 'images/p1.png']);
    expect(report.files.every(({ probabilities }) => probabilities.every((path) => existsSync(path)))).toBe(true);
    const arrays = { output: temporaryFolder(), format: 'npy' as const, images: [ids[0]!] };
    const [only] = (await client.request('predict.project', { ...wishes, ...arrays })).files;
    expect((await readNpy(only!.probabilities[0]!)).shape).toEqual([48, 64]);
    await expect(client.request('predict.project', { ...wishes, images: [99] })).rejects.toMatchObject({
      code: 'image-unknown',
    });
  });
});

describe('a mask as PNG', () => {
  it('holds class numbers in the classes’ colors, plain class numbers, or a file of 0 and 255 per class', async () => {
    const { client, folder, exported } = await open(1);
    const { classes } = await client.request('classes.list', { project: folder });
    const output = temporaryFolder();
    const path = join(output, 'images', 'p0.png');
    await exported({ output, values: 'index' });
    const colored = await numbersIn(path);
    expect(colored.indices).toEqual([...disc(0)]);
    expect(Buffer.from(colored.palette!.slice(3, 6)).toString('hex')).toBe(classes[0]!.color.slice(1));
    expect(await exported({ output, values: 'index', palette: true })).toMatchObject({ written: 0, unchanged: 1 });
    expect(await exported({ output, values: 'index', palette: false })).toMatchObject({ written: 1 });
    expect(await numbersIn(path)).toEqual({ palette: undefined, indices: [...disc(0)] });
    await client.request('classes.add', { project: folder, name: 'debris' });
    const perClass = await exported({ output, values: '0/255' });
    expect(perClass.files).toEqual(['images/p0_object.png', 'images/p0_debris.png']);
    expect(await grey(join(output, perClass.files[0]!))).toEqual([...disc(0)].map((value) => 255 * value));
    expect(new Set(await grey(join(output, perClass.files[1]!)))).toEqual(new Set([0]));
  });

  it('is what values and palette are of, and they are refused with anything else', async () => {
    const { exported } = await open(1);
    const output = temporaryFolder();
    for (const wishes of [
      { format: 'coco', values: 'index' },
      { format: 'npy', palette: true },
      { values: '0/255', palette: true },
    ] as const) {
      await expect(exported({ output, ...wishes })).rejects.toMatchObject({ code: 'export-options-clash' });
    }
  });
});

describe('proposals', () => {
  interface Proposed extends Opened {
    readonly proposed: readonly Uint8Array[];
  }

  /** Proposals for the last two of three images; the first two have labels. */
  async function propose(): Promise<Proposed> {
    const opened = await open(3, 2);
    const { client, folder, ids } = opened;
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    await client.request('proposals.make', { project: folder, images: ids.slice(1), checkpoint });
    const proposed = await Promise.all(
      ids.slice(1).map(async (image) => (await client.request('proposals.read', { project: folder, image })).data!),
    );
    return { ...opened, proposed };
  }

  it('are exported as masks in the classes’ present order, with overlays, and not again', async () => {
    const { client, folder, exported, proposed } = await propose();
    const output = temporaryFolder();
    const report = await exported({ output, source: 'proposals', overlays: true });
    expect(report).toMatchObject({ images: 2, leftOut: 1, written: 4, failed: [] });
    for (const [at, labels] of proposed.entries()) {
      expect(await grey(join(output, 'images', `p${at + 1}.png`))).toEqual([...labels].map((value) => 255 * value));
    }
    expect(await exported({ output, source: 'proposals', overlays: true })).toMatchObject({ written: 0, unchanged: 4 });
    const { classes } = await client.request('classes.add', { project: folder, name: 'debris' });
    await client.request('classes.reorder', { project: folder, order: classes.map(({ id }) => id).reverse() });
    await exported({ output, source: 'proposals', values: 'index' });
    const { indices } = await numbersIn(join(output, 'images', 'p1.png'));
    expect(indices).toEqual([...proposed[0]!].map((value) => 2 * value));
  });

  it('are exported as COCO, labelme, table and arrays too', async () => {
    const { client, folder, exported, proposed, ids } = await propose();
    const output = temporaryFolder();
    const source = 'proposals';
    for (const format of ['coco', 'labelme', 'csv'] as const) await exported({ output, source, format });
    const coco = JSON.parse(readFileSync(join(output, 'annotations.json'), 'utf8')) as {
      annotations: {
        image_id: number;
        segmentation: number[][] | { counts: number[]; size: [number, number] };
      }[];
    };
    for (const [at, labels] of proposed.entries()) {
      const drawn = new Uint8Array(labels.length);
      for (const { image_id, segmentation } of coco.annotations) {
        if (image_id !== ids[at + 1]) continue;
        if ('counts' in segmentation) fillRunLengths(drawn, segmentation, 1);
        else fillOutlines(drawn, 64, segmentation, 1);
      }
      expect(Buffer.compare(drawn, labels)).toBe(0);
    }
    expect(existsSync(join(output, 'images', 'p1.json')) && existsSync(join(output, 'images', 'p2.json'))).toBe(true);
    const rows = readFileSync(join(output, 'areas.csv'), 'utf8').split('\r\n').slice(1, -1);
    expect(rows.map((row) => Number(row.split(',')[5]))).toEqual(
      proposed.map((labels) => labels.reduce((sum, value) => sum + value, 0)),
    );
    await client.request('dataset.split', { project: folder, train: 2, val: 0, test: 0 });
    const arrays = await exported({ output, source, format: 'npy', size: 16 });
    expect(arrays.images + arrays.leftOut).toBe(3);
    const steps: Progress[] = [];
    const wishes = { project: folder, output: temporaryFolder(), source, format: 'coco' } as const;
    await client.request('dataset.export', wishes, { onProgress: (step) => steps.push(step) });
    expect(steps.at(-1)).toMatchObject({ kind: 'export', value: 1, done: 2, total: 2, secondsLeft: 0 });
  });

  it('that are damaged or none are said, and the rest goes on', async () => {
    const { client, folder, exported, ids } = await propose();
    const output = temporaryFolder();
    const file = join(folder, '.mambrush', 'cache', 'proposals', `${ids[1]!}.bin`);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length - 10));
    const failed = [{ path: 'images/p1.png', code: 'proposal-missing' }];
    expect(await exported({ output, source: 'proposals' })).toMatchObject({ files: ['images/p2.png'], failed });
    expect(await exported({ output, source: 'proposals', format: 'csv' })).toMatchObject({ written: 1, failed });
    await client.request('proposals.reject', { project: folder, images: [...ids] });
    await expect(exported({ output, source: 'proposals' })).rejects.toMatchObject({ code: 'nothing-to-export' });
  });
});
