import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Progress } from '../../../engine/contract/progress.ts';
import { writeNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import {
  makeDiscFolder,
  temporaryFolder,
  writeBytes,
  writeDiscMask,
  writePicture,
} from '../../fixtures/disc-pictures.ts';
import { canMount, smallDisk } from '../../store/small-disk.ts';

function connected() {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

const unable = canMount ? '' : ' (skipped: may not mount a small disk here)';

describe('dataset.import', () => {
  it('says of every image what became of it', async () => {
    const client = connected();
    const folder = await makeDiscFolder(temporaryFolder(), 5, 3);
    const first = await client.request('dataset.import', { folder });
    expect(first).toMatchObject({
      project: folder,
      dryRun: false,
      arrays: [],
      images: { found: 5, added: 5, unchanged: 0, updated: 0, moved: 0, missing: 0, removed: 0 },
      masks: { found: 3, matched: 3, imported: 3, unchanged: 0, kept: 0 },
      unlabelled: 2,
      classes: [{ id: 1, index: 1, name: 'object' }],
      keptLabels: [],
      unmatchedMasks: [],
      skipped: [],
    });
    expect(first.matches[0]).toEqual({ image: 'images/p0.png', masks: ['masks/p0.png'] });
    await writePicture(join(folder, 'images', 'p1.png'), 50);
    rmSync(join(folder, 'images', 'p4.png'));
    writeFileSync(join(folder, 'images', 'broken.png'), 'no picture');
    writeFileSync(join(folder, 'notes.txt'), 'no picture either');
    await writeDiscMask(join(folder, 'masks', 'nobody.png'), 1);
    const again = await client.request('dataset.import', { folder });
    expect(again).toMatchObject({
      images: { found: 5, added: 0, unchanged: 3, updated: 1, missing: 1 },
      changes: { updated: ['images/p1.png'], missing: ['images/p4.png'], moved: [], removed: [] },
      masks: { found: 4, matched: 3, imported: 0, unchanged: 3 },
      reading: null,
      unmatchedMasks: ['masks/nobody.png'],
      skipped: [{ path: 'images/broken.png', code: 'image-not-readable' }],
      ignored: { otherFiles: { '.txt': 1 } },
    });
  });

  it('reads a file once for preview and import, and again when its size or time is another', async () => {
    const client = connected();
    const folder = await makeDiscFolder(temporaryFolder(), 3, 0);
    const [same, touched, other] = [0, 1, 2].map((n) => join(folder, 'images', `p${n}.png`)) as [
      string,
      string,
      string,
    ];
    const [then, later] = [1_700_000_000, 1_700_000_001];
    for (const path of [same, touched, other]) utimesSync(path, then, then);
    const preview = await client.request('dataset.import', { folder, dryRun: true });
    expect(preview.images.added).toBe(3);
    // Nothing that can be read any more: whoever reads it says so.
    for (const path of [same, touched]) writeFileSync(path, Buffer.alloc(statSync(path).size));
    utimesSync(same, then, then);
    utimesSync(touched, later, later);
    await writePicture(other, 7);
    const report = await client.request('dataset.import', { folder });
    expect(report.images.added).toBe(2);
    expect(report.skipped).toMatchObject([{ path: 'images/p1.png', code: 'image-not-readable' }]);
    // What an import has read, it does not rely on: the project knows by then.
    await client.request('project.close', { project: folder });
    rmSync(join(folder, '.mambrush'), { recursive: true });
    expect((await client.request('dataset.import', { folder })).skipped).toHaveLength(2);
  });

  it('says the same of masks with and without a preview before it, in whatever way they are read', async () => {
    const [folder, twin] = [temporaryFolder(), temporaryFolder()];
    for (const place of [folder, twin]) await makeDiscFolder(place, 4, 3);
    await writeDiscMask(join(folder, 'masks', 'p3.png'), 3, { width: 32, height: 32 });
    await writeDiscMask(join(twin, 'masks', 'p3.png'), 3, { width: 32, height: 32 });
    const [client, direct] = [connected(), connected()];
    for (const invert of [false, true]) await client.request('dataset.import', { folder, invert, dryRun: true });
    const after = await client.request('dataset.import', { folder, invert: true });
    const plain = await direct.request('dataset.import', { folder: twin, invert: true });
    expect({ ...after, seconds: 0, project: '' }).toEqual({ ...plain, seconds: 0, project: '' });
    expect(after.skipped).toMatchObject([{ path: 'masks/p3.png', code: 'mask-size-mismatch' }]);
    const labels = { image: 1 };
    expect((await client.request('labels.read', { project: folder, ...labels })).data).toEqual(
      (await direct.request('labels.read', { project: twin, ...labels })).data,
    );
  });

  it('takes COCO files where there are no masks, and says what it drew, also beforehand', async () => {
    const client = connected();
    const folder = temporaryFolder();
    for (const n of [0, 1, 2]) await writePicture(join(folder, 'images', `p${n}.png`), n);
    const images = ['p0.png', 'p1.png', 'gone.png'].map((file_name, id) => ({ id, file_name, width: 64, height: 48 }));
    const square = [[1, 1, 9, 1, 9, 9, 1, 9]];
    const annotations = images.map(({ id }) => ({ id, image_id: id, category_id: 4, segmentation: square }));
    annotations.push({ id: 9, image_id: 1, category_id: 4, segmentation: [] });
    const coco = JSON.stringify({ images, annotations, categories: [{ id: 4, name: '细胞', color: '#112233' }] });
    writeBytes(join(folder, 'annotations', 'instances_all.json'), coco);
    const expected = {
      masks: { found: 0, matched: 0, imported: 0 },
      annotations: {
        files: ['annotations/instances_all.json'],
        formats: ['coco'],
        images: 3,
        matched: 2,
        imported: 2,
        unchanged: 0,
        kept: 0,
        objects: 2,
        objectsLeftOut: 1,
        matches: [
          { image: 'images/p0.png', file: 'annotations/instances_all.json', objects: 1 },
          { image: 'images/p1.png', file: 'annotations/instances_all.json', objects: 1 },
        ],
        unmatched: ['gone.png'],
      },
      unlabelled: 1,
      notes: [{ path: 'images/p1.png', code: 'annotation-without-outline' }],
    };
    const dry = await client.request('dataset.import', { folder, dryRun: true });
    expect(dry).toMatchObject({ ...expected, classes: [{ id: 0, index: 1, name: '细胞' }] });
    expect(existsSync(join(folder, '.mambrush'))).toBe(false);
    const progress: Progress[] = [];
    const work = { onProgress: (step: Progress) => progress.push(step) };
    const report = await client.request('dataset.import', { folder }, work);
    expect(report).toMatchObject({ ...expected, classes: [{ id: 1, index: 1, name: '细胞', color: '#112233' }] });
    const values = progress.map(({ value }) => value);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ value: 1, done: 6, total: 6 });
    const clash = { folder, annotations: folder, masks: folder };
    await expect(client.request('dataset.import', clash)).rejects.toMatchObject({ code: 'import-options-clash' });
  });

  it('tells how far it is, and that images and classes are others now', async () => {
    const client = connected();
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const events: string[] = [];
    client.listen(({ kind }) => events.push(kind));
    const progress: Progress[] = [];
    await client.request('dataset.import', { folder }, { onProgress: (step) => progress.push(step) });
    const values = progress.map(({ value }) => value);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ kind: 'import', value: 1, done: 30, total: 30 });
    expect(events).toEqual(expect.arrayContaining(['images.changed', 'classes.changed']));
  });

  it('can be ended, and the project of the folder is then nobody’s', async () => {
    const client = connected();
    const folder = await makeDiscFolder(temporaryFolder(), 40);
    const stop = new AbortController();
    const ended = client.request(
      'dataset.import',
      { folder },
      { signal: stop.signal, onProgress: ({ value }) => (value > 0.2 ? stop.abort() : undefined) },
    );
    await expect(ended).rejects.toMatchObject({ code: 'aborted' });
    await expect(client.request('project.info', { project: folder })).rejects.toMatchObject({
      code: 'project-not-open',
    });
    expect(await client.request('dataset.import', { folder })).toMatchObject({ masks: { matched: 40 }, unlabelled: 0 });
  });

  it('of a project that is open leaves it open, also when it fails', async () => {
    const client = connected();
    const folder = await makeDiscFolder(temporaryFolder(), 2);
    await client.request('project.open', { folder, create: true });
    const failed = client.request('dataset.import', { folder, masks: join(folder, 'no such folder') });
    await expect(failed).rejects.toMatchObject({ code: 'masks-folder-missing' });
    await client.request('dataset.import', { folder, dryRun: true });
    expect(await client.request('project.info', { project: folder })).toMatchObject({});
  });

  it('as a dry run says the same as the import, and leaves nothing behind', async () => {
    const client = connected();
    const folder = await makeDiscFolder(temporaryFolder(), 3, 2);
    await writeNpy(join(folder, 'data_val.npy'), 'u1', [2, 8, 8, 3], new Uint8Array(384));
    await writeNpy(join(folder, 'mask_val.npy'), 'u1', [2, 8, 8], new Uint8Array(128));
    const before = readdirSync(folder);
    const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('mambrush-dry-run-'));
    const known = leftovers();
    const dry = await client.request('dataset.import', { folder, dryRun: true });
    expect(dry).toMatchObject({ project: folder, images: { added: 3 }, masks: { imported: 2 }, unlabelled: 1 });
    expect(dry.arrays).toEqual([{ part: 'val', images: 2, masks: true }]);
    expect(readdirSync(folder)).toEqual(before);
    expect(leftovers()).toEqual(known);
    const real = await client.request('dataset.import', { folder });
    expect(real).toMatchObject({ images: { added: 5 }, classes: dry.classes.map(({ name }) => ({ name })) });
    expect(real.warnings.map(({ code }) => code)).toContain('arrays-unpacked');
    const later = await client.request('dataset.import', { folder, dryRun: true });
    expect(later).toMatchObject({ images: { added: 0, unchanged: 5 }, masks: { unchanged: 4, imported: 0 } });
  });

  it('of a folder that is not there, is a file, or has no images says so', async () => {
    const client = connected();
    const folder = temporaryFolder();
    const request = (path: string) => client.request('dataset.import', { folder: path });
    await expect(request(join(folder, 'no'))).rejects.toMatchObject({ code: 'folder-missing' });
    writeBytes(join(folder, 'thesis.docx'), 'text');
    await expect(request(join(folder, 'thesis.docx'))).rejects.toMatchObject({
      code: 'folder-missing',
      message: expect.stringContaining('is a file') as string,
    });
    const { warnings, images } = await request(folder);
    expect(images.found).toBe(0);
    expect(warnings).toMatchObject([{ code: 'no-images', message: expect.stringContaining('1 .docx') as string }]);
  });

  it.skipIf(!canMount)(
    `of a read-only folder says what to do, and a dry run looks at it all the same${unable}`,
    async () => {
      const disk = smallDisk('4m');
      const client = connected();
      await makeDiscFolder(disk.folder, 2);
      disk.makeReadOnly();
      await expect(client.request('dataset.import', { folder: disk.folder })).rejects.toMatchObject({
        code: 'read-only-folder',
        message: expect.stringContaining('copy the images') as string,
      });
      expect(existsSync(join(disk.folder, '.mambrush'))).toBe(false);
      expect(await client.request('dataset.import', { folder: disk.folder, dryRun: true })).toMatchObject({
        images: { added: 2 },
      });
    },
  );

  it.skipIf(!canMount)(`of arrays that do not fit on the disk says so, and goes on when they do${unable}`, async () => {
    const { folder } = smallDisk('4m');
    const client = connected();
    const count = 40;
    const noise = randomBytes(count * 96 * 96 * 3);
    await writeNpy(join(folder, 'data_train.npy'), 'u1', [count, 96, 96, 3], noise);
    const filler = join(folder, 'filler');
    writeFileSync(filler, Buffer.alloc(2 << 20));
    await expect(client.request('dataset.import', { folder })).rejects.toMatchObject({ code: 'disk-full' });
    rmSync(filler);
    const report = await client.request('dataset.import', { folder });
    expect(report).toMatchObject({ images: { added: count }, skipped: [], unlabelled: count });
  });
});
