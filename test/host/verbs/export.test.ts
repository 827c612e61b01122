import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ExportReport } from '../../../engine/contract/dataset.ts';
import type { ArgumentsOf, EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { readLabels } from '../../../engine/host/projects/read-labels.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import type { ProjectStore } from '../../../engine/store/project-store.ts';
import { disc, makeDiscFolder, temporaryFolder, writePicture } from '../../fixtures/disc-pictures.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

/** A client with an open project of discs. */
async function imported(count: number, labelled = count): Promise<{ client: EngineClient; folder: string }> {
  const folder = await makeDiscFolder(temporaryFolder(), count, labelled);
  const client = connect();
  await client.request('dataset.import', { folder });
  return { client, folder };
}

/** Something done to the project's store while the engine does not have it. */
async function inStore(client: EngineClient, folder: string, work: (store: ProjectStore) => void): Promise<void> {
  await client.request('project.close', { project: folder });
  const store = openProject(folder);
  work(store);
  store.close();
  await client.request('project.open', { folder });
}

type Wishes = Omit<ArgumentsOf<'dataset.export'>, 'project'>;

const exported = (client: EngineClient, project: string, wishes: Wishes): Promise<ExportReport> =>
  client.request('dataset.export', { project, ...wishes });

async function grey(path: string): Promise<number[]> {
  return [...(await sharp(path).toColourspace('b-w').raw().toBuffer())];
}

const painted = { origin: 'painted', description: 'brush' } as const;

describe('a project’s masks', () => {
  it('come out as they went in, without those of images that have none', async () => {
    const { client, folder } = await imported(5, 3);
    const output = temporaryFolder();
    const report = await exported(client, folder, { output, overlays: true });
    expect(report).toMatchObject({
      images: 3,
      leftOut: 2,
      written: 6,
      unchanged: 0,
      failed: [],
      kept: [],
      renamed: [],
    });
    for (const n of [0, 1, 2]) {
      expect(await grey(join(output, 'images', `p${n}.png`))).toEqual([...disc(n)].map((value) => 255 * value));
      expect(existsSync(join(output, 'overlays', 'images', `p${n}.png`))).toBe(true);
    }
    expect(await exported(client, folder, { output, overlays: true })).toMatchObject({ written: 0, unchanged: 6 });
  });

  it('are written again when a person has painted, only that one, and unlabelled pixels are told of', async () => {
    const { client, folder } = await imported(3);
    const output = temporaryFolder();
    await exported(client, folder, { output });
    const labels = disc(1).fill(255, 0, 100);
    await inStore(client, folder, ({ labels: store, images }) => {
      store.write(images.byPath('images/p1.png')!.id, labels, painted);
    });
    const report = await exported(client, folder, { output });
    expect(report).toMatchObject({ files: ['images/p1.png'], unlabelledAsBackground: ['images/p1.png'] });
    expect(report.warnings).toMatchObject([{ code: 'unlabelled-as-background' }]);
    const values = [...labels].map((value) => (value === 1 ? 255 : 0));
    expect(await grey(join(output, 'images', 'p1.png'))).toEqual(values);
  });

  it('have the numbers of the classes’ order, and follow it when it changes', async () => {
    const { client, folder } = await imported(2);
    const output = temporaryFolder();
    await inStore(client, folder, ({ classes }) => {
      const added = classes.add({ name: 'debris', color: '#0000ff' });
      classes.reorder([added.id, classes.all()[0]!.id]);
    });
    const report = await exported(client, folder, { output });
    expect(report.written).toBe(2);
    const path = join(output, 'images', 'p1.png');
    const colors = await sharp(path).removeAlpha().toColourspace('srgb').raw().toBuffer();
    const color = (await client.request('project.info', { project: folder })).classes[1]!.color;
    const at = 3 * disc(1).indexOf(1);
    expect(`#${colors.toString('hex', at, at + 3)}`).toBe(color);
    await inStore(client, folder, ({ classes }) => {
      classes.reorder([...classes.all()].reverse().map(({ id }) => id));
    });
    expect(await exported(client, folder, { output })).toMatchObject({ written: 2, unchanged: 0 });
  });

  it('of two images with one stem have names of their own, which are told', async () => {
    const folder = temporaryFolder();
    for (const [n, path] of ['子 文件夹/细胞 1.png', '子 文件夹/细胞 1.jpg', 'b.png'].entries()) {
      await writePicture(join(folder, path), n);
    }
    const client = connect();
    await client.request('dataset.import', { folder });
    await inStore(client, folder, ({ classes, images, labels }) => {
      if (classes.all().length === 0) classes.add({ name: 'cell' });
      for (const { id } of images.all()) labels.write(id, disc(id), painted);
    });
    const output = join(temporaryFolder(), '导出 here');
    const report = await exported(client, folder, { output });
    expect(report.renamed).toEqual(
      expect.arrayContaining([
        { image: '子 文件夹/细胞 1.png', file: '子 文件夹/细胞 1.png.png' },
        { image: '子 文件夹/细胞 1.jpg', file: '子 文件夹/细胞 1.jpg.png' },
      ]),
    );
    expect(readdirSync(join(output, '子 文件夹')).sort()).toEqual(['细胞 1.jpg.png', '细胞 1.png.png']);
    expect(existsSync(join(output, 'b.png'))).toBe(true);
  });

  it('are written for an image whose file is gone, too; only its overlay cannot be', async () => {
    const { client, folder } = await imported(2);
    rmSync(join(folder, 'images', 'p0.png'));
    const output = temporaryFolder();
    const report = await exported(client, folder, { output, overlays: true });
    expect(report.failed).toMatchObject([{ path: 'images/p0.png', code: 'image-missing' }]);
    expect(report.files).toContain('images/p0.png');
    expect(report.written).toBe(3);
  });
});

describe('the folder to export to', () => {
  it('is never one that holds the project’s images or its own files, by whatever name', async () => {
    const { client, folder } = await imported(2);
    symlinkSync(join(folder, 'images'), join(temporaryFolder(), 'link'));
    const link = join(temporaryFolder(), 'link');
    symlinkSync(folder, link);
    const before = readFileSync(join(folder, 'images', 'p0.png'));
    const places = [folder, join(folder, 'images'), join(folder, '.mambrush', 'masks'), join(link, 'images'), link];
    for (const output of places) {
      for (const format of ['png', 'npy'] as const) {
        const refused = exported(client, folder, { output, format, overwrite: true });
        await expect(refused, output).rejects.toMatchObject({ code: 'output-among-images' });
      }
    }
    expect(readFileSync(join(folder, 'images', 'p0.png'))).toEqual(before);
    expect(readdirSync(join(folder, 'images'))).toEqual(['p0.png', 'p1.png']);
  });

  it('may lie in the project, and the next import passes it over', async () => {
    const { client, folder } = await imported(2);
    const output = join(folder, 'exported');
    await exported(client, folder, { output, overlays: true });
    const again = await client.request('dataset.import', { folder });
    expect(again.images).toMatchObject({ found: 2, added: 0, missing: 0 });
  });

  it('keeps what others put there, until told to replace it', async () => {
    const { client, folder } = await imported(2);
    const output = join(folder, 'out');
    mkdirSync(join(output, 'overlays', 'images'), { recursive: true });
    writeFileSync(join(output, 'overlays', 'images', 'p0.png'), 'of somebody');
    const report = await exported(client, folder, { output, overlays: true });
    expect(report.kept).toMatchObject([
      {
        path: 'overlays/images/p0.png',
        code: 'export-kept',
        message: expect.stringContaining('not written') as string,
      },
    ]);
    expect(readFileSync(join(output, 'overlays', 'images', 'p0.png'), 'utf8')).toBe('of somebody');
    expect(await exported(client, folder, { output, overlays: true, overwrite: true })).toMatchObject({
      kept: [],
      files: ['overlays/images/p0.png'],
    });
  });

  it('may hold the project: a picture that lies where an overlay would go is kept, whatever one is told', async () => {
    const parent = temporaryFolder();
    const folder = join(parent, 'overlays');
    await makeDiscFolder(folder, 2);
    const client = connect();
    await client.request('dataset.import', { folder });
    const before = readFileSync(join(folder, 'images', 'p0.png'));
    const report = await exported(client, folder, { output: parent, overlays: true, overwrite: true });
    expect(report.kept.map(({ path }) => path)).toEqual(['overlays/images/p0.png', 'overlays/images/p1.png']);
    expect(report.files).toEqual(['images/p0.png', 'images/p1.png']);
    expect(readFileSync(join(folder, 'images', 'p0.png'))).toEqual(before);
  });

  it('that is a file is refused by name', async () => {
    const { client, folder } = await imported(1);
    const output = join(temporaryFolder(), 'file');
    writeFileSync(output, '');
    for (const format of ['png', 'npy'] as const) {
      if (format === 'npy') await client.request('dataset.split', { project: folder, train: 1, val: 0, test: 0 });
      await expect(exported(client, folder, { output, format })).rejects.toMatchObject({ code: 'folder-missing' });
    }
  });
});

describe('the arrays of a project', () => {
  it('follow its split, and are imported again as they were', async () => {
    const { client, folder } = await imported(8, 6);
    await client.request('dataset.split', { project: folder, train: 3, val: 1, test: 2, nearDuplicates: false });
    const output = temporaryFolder();
    const report = await exported(client, folder, { output, format: 'npy', size: 48 });
    expect(report).toMatchObject({ images: 6, leftOut: 2, written: 6, warnings: [] });
    expect((await readNpy(join(output, 'data_train.npy'))).shape).toEqual([3, 48, 48, 3]);
    expect((await readNpy(join(output, 'mask_test.npy'))).shape).toEqual([2, 48, 48]);
    expect(await exported(client, folder, { output, format: 'npy', size: 48 })).toMatchObject({ unchanged: 6 });
    const { project } = await client.request('dataset.import', { folder: output });
    const { split, images } = await client.request('project.info', { project });
    expect([split?.train, split?.val, split?.test, images.labelled]).toEqual([3, 1, 2, 6]);
  });

  it('need a split, and a part without images has none', async () => {
    const { client, folder } = await imported(3);
    const output = temporaryFolder();
    await expect(exported(client, folder, { output, format: 'npy' })).rejects.toMatchObject({ code: 'split-missing' });
    await client.request('dataset.split', { project: folder, train: 2, val: 1, test: 0 });
    const report = await exported(client, folder, { output, format: 'npy', size: 16 });
    expect(report.files).toEqual(['data_train.npy', 'mask_train.npy', 'data_val.npy', 'mask_val.npy']);
    expect(report.warnings).toMatchObject([{ code: 'part-empty' }]);
  });
});

describe('objects of a project', () => {
  it('come out as COCO, as labelme files and as a table, again only when labels changed', async () => {
    const { client, folder } = await imported(3, 2);
    await inStore(client, folder, ({ labels, images }) => {
      labels.write(images.byPath('images/p1.png')!.id, disc(1).fill(255, 0, 64), painted);
    });
    const files = {
      coco: ['annotations.json'],
      labelme: ['images/p0.json', 'images/p1.json'],
      csv: ['areas.csv'],
    };
    for (const format of ['coco', 'labelme', 'csv'] as const) {
      const output = temporaryFolder();
      const report = await exported(client, folder, { output, format });
      expect(report).toMatchObject({ images: 2, leftOut: 1, files: files[format], failed: [] });
      expect(report.unlabelledAsBackground).toEqual(format === 'csv' ? [] : ['images/p1.png']);
      expect(await exported(client, folder, { output, format })).toMatchObject({ written: 0 });
      if (format !== 'csv') continue;
      const [, first, second] = readFileSync(join(output, 'areas.csv'), 'utf8').split('\r\n');
      const area = disc(0).reduce((sum, value) => sum + value, 0);
      expect(first).toMatch(new RegExp(`^images/p0\\.png,64,48,[^,]+,1,${area},[\\d.]+,1,${area},${area},0$`));
      expect(second).toMatch(/,64$/);
    }
  });
});

describe('what cannot be exported', () => {
  it('is said: no labels, or wishes that contradict each other', async () => {
    const { client, folder } = await imported(2, 0);
    const output = temporaryFolder();
    await expect(exported(client, folder, { output })).rejects.toMatchObject({ code: 'nothing-to-export' });
    for (const wishes of [
      { format: 'npy', overlays: true },
      { format: 'coco', overlays: true },
      { size: 64 },
    ] as const) {
      await expect(exported(client, folder, { output, ...wishes })).rejects.toMatchObject({
        code: 'export-options-clash',
      });
    }
    expect(readdirSync(output)).toEqual([]);
  });
});

describe('the labels of a large image', () => {
  /** 30 tiles. */
  const size = { width: 1500, height: 1200 };

  function large(): { store: ProjectStore; image: { id: number; width: number; height: number } } {
    const store = openProject(temporaryFolder(), { create: true });
    onTestFinished(() => store.close());
    store.classes.add({ name: 'cell' });
    const file = {
      path: 'a.png',
      channels: 3,
      bits: 8,
      format: 'png',
      orientation: 1,
      bytes: 1,
      modifiedAt: 1,
    } as const;
    const [image] = store.images.add([{ ...file, ...size, hash: 'a'.repeat(64) }]);
    return { store, image: image! };
  }

  it('are read tile by tile as they are read at once', async () => {
    const { store, image } = large();
    expect(await readLabels(store, image)).toBeUndefined();
    const labels = disc(3, size).map((value, at) => (at % 1500 > 1400 ? 255 : value));
    store.labels.write(image.id, labels, painted);
    expect(Buffer.compare((await readLabels(store, image))!, labels)).toBe(0);
  });

  it('are one state of them, although somebody paints meanwhile', async () => {
    const { store, image } = large();
    store.labels.write(image.id, new Uint8Array(1500 * 1200), painted);
    const reading = readLabels(store, image);
    const full = new Uint8Array(1500 * 1200).fill(1);
    // It breathes before the first tile, then between the 24th and the rest: this comes right after the first ones.
    setImmediate(() => store.labels.write(image.id, full, painted));
    const values = new Set(await reading);
    expect([...values]).toEqual([1]);
  });
});
