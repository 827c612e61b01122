import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ArgumentsOf, EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import { disc, makeDiscFolder, temporaryFolder, writeDiscMask, writePicture } from '../../fixtures/disc-pictures.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

async function imported(count: number, labelled = count): Promise<{ client: EngineClient; project: string }> {
  const client = connect();
  const folder = await makeDiscFolder(temporaryFolder(), count, labelled);
  const { project } = await client.request('dataset.import', { folder });
  return { client, project };
}

/** The images of each part, as the store has them once the engine has let go of it. */
async function partsOf(client: EngineClient, project: string): Promise<Record<'train' | 'val' | 'test', string[]>> {
  await client.request('project.close', { project });
  const store = openProject(project);
  const { parts } = store.splits.current()!;
  const paths = (ids: readonly number[]): string[] => ids.map((id) => store.images.get(id)!.path);
  const result = { train: paths(parts.train), val: paths(parts.val), test: paths(parts.test) };
  store.close();
  await client.request('project.open', { folder: project });
  return result;
}

type Wishes = Omit<ArgumentsOf<'dataset.split'>, 'project'>;

describe('dividing a project', () => {
  it('is 70, 10 and 20 % of the labelled images unless asked otherwise, and becomes its current split', async () => {
    const { client, project } = await imported(22, 20);
    const report = await client.request('dataset.split', { project, nearDuplicates: false });
    expect(report).toMatchObject({
      images: 20,
      parts: { train: { images: 14 }, val: { images: 2 }, test: { images: 4 } },
      split: { method: 'stratified', seed: 42, train: 14, val: 2, test: 4, name: 'stratified 42' },
      unused: 0,
      warnings: [],
    });
    expect((await client.request('project.info', { project })).split).toEqual(report.split);
  });

  it('leaves images in their parts where that is asked for, and deals those that are in none', async () => {
    const { client, project } = await imported(20, 10);
    await client.request('dataset.split', { project, nearDuplicates: false, seed: 3 });
    const before = await partsOf(client, project);
    const { images } = await client.request('images.list', { project });
    for (const { id } of images.filter(({ labelled }) => !labelled)) {
      const tiles = [{ tileX: 0, tileY: 0, after: disc(4) }];
      await client.request('labels.apply', { project, image: id, tiles, origin: 'painted', description: 'brush' });
    }
    const report = await client.request('dataset.split', { project, keep: true, nearDuplicates: false });
    expect(report).toMatchObject({ images: 20, split: { train: 14, val: 2, test: 4 }, unused: 0 });
    const after = await partsOf(client, project);
    for (const part of ['train', 'val', 'test'] as const) {
      expect(after[part]).toEqual(expect.arrayContaining(before[part]));
    }
    await expect(client.request('dataset.split', { project, keep: true, lists: {} })).rejects.toMatchObject({
      code: 'split-options-clash',
    });
  });

  it('gives the same parts for the same seed, and others for another', async () => {
    const { client, project } = await imported(20);
    const parts = [];
    for (const seed of [7, 8, 7]) {
      await client.request('dataset.split', { project, seed, train: 10, val: 4, test: 6, nearDuplicates: false });
      parts.push(await partsOf(client, project));
    }
    expect(parts[2]).toEqual(parts[0]);
    expect(parts[1]).not.toEqual(parts[0]);
  });

  it('leaves no picture in two parts, and none out when the counts are all', async () => {
    const { client, project } = await imported(15);
    await client.request('dataset.split', { project, train: 9, val: 2, test: 4, method: 'random' });
    const { train, val, test } = await partsOf(client, project);
    const all = [...train, ...val, ...test].sort();
    expect(all).toEqual(Array.from({ length: 15 }, (_, n) => `images/p${n}.png`).sort());
  });

  it('keeps together what a pattern says belongs together, and pictures that look alike', async () => {
    const folder = temporaryFolder();
    for (let n = 0; n < 12; n++) {
      const name = `P${Math.floor(n / 3)}_${n}.png`;
      await writePicture(join(folder, 'images', name), n);
      await writeDiscMask(join(folder, 'masks', name), n);
    }
    const client = connect();
    const { project } = await client.request('dataset.import', { folder });
    const wishes: Wishes = { train: 6, val: 3, test: 3, groupPattern: '^(P\\d+)_', nearDuplicates: false };
    const report = await client.request('dataset.split', { project, ...wishes });
    expect(report.groups).toBe(4);
    const parts = await partsOf(client, project);
    for (const part of Object.values(parts)) {
      const groups = new Set(part.map((path) => /P\d+/.exec(path)![0]));
      expect(part).toHaveLength(3 * groups.size);
    }
    // The same picture twice, in other formats: whatever the groups, they are never apart.
    await writePicture(join(folder, 'images', 'twin.jpg'), 0);
    await writeDiscMask(join(folder, 'masks', 'twin.png'), 0);
    await client.request('dataset.import', { folder });
    const alike = await client.request('dataset.split', { project, train: 7, val: 3, test: 3 });
    expect(alike.nearDuplicates).toBeGreaterThanOrEqual(1);
    const partOf = Object.values(await partsOf(client, project)).find((part) => part.includes('images/twin.jpg'));
    expect(partOf).toContain('images/P0_0.png');
  });

  it('follows lists of names, and says which names no image has', async () => {
    const { client, project } = await imported(5);
    const lists = { train: join(project, 'train.txt'), test: join(project, 'test.txt') };
    writeFileSync(lists.train, 'p0\r\nimages/p1.png\n# remark\n\np9\n');
    writeFileSync(lists.test, '\uFEFFp2.png\n');
    const report = await client.request('dataset.split', { project, lists });
    expect(report).toMatchObject({ unused: 2, split: { method: 'lists' } });
    expect(report.warnings.map(({ code }) => code)).toEqual(['part-empty', 'names-unknown']);
    expect(await partsOf(client, project)).toEqual({
      train: ['images/p0.png', 'images/p1.png'],
      val: [],
      test: ['images/p2.png'],
    });
  });

  it('that cannot be is refused before any picture is read, and the split before it stays', async () => {
    const { client, project } = await imported(6);
    const { split } = await client.request('dataset.split', { project, train: 4, val: 1, test: 1, seed: 3 });
    const refused = async (wishes: Wishes): Promise<readonly unknown[]> => {
      const kinds = new Set<string>();
      const onProgress = ({ kind }: { readonly kind: string }): void => void kinds.add(kind);
      const code = await client.request('dataset.split', { project, ...wishes }, { onProgress }).then(
        () => 'done',
        (error: unknown) => (error as { code: string }).code,
      );
      return [code, ...kinds];
    };
    expect(await refused({ train: 600, val: 100, test: 200 })).toEqual(['split-too-many']);
    expect(await refused({ train: 0.7, val: 0.7 })).toEqual(['split-sizes-invalid']);
    expect(await refused({ train: 0.7 })).toEqual(['split-sizes-invalid']);
    expect(await refused({ groupPattern: '(' })).toEqual(['group-pattern-invalid']);
    expect(await refused({ lists: { train: join(project, 'no.txt') } })).toEqual(['split-names-unknown']);
    expect((await client.request('project.info', { project })).split).toEqual(split);
  });

  it('of a project without labels says what to do', async () => {
    const { client, project } = await imported(3, 0);
    await expect(client.request('dataset.split', { project })).rejects.toMatchObject({
      code: 'split-empty',
      message: expect.stringContaining('Import masks or paint') as string,
    });
  });

  it('goes on without a fingerprint for a picture that can no longer be read', async () => {
    const { client, project } = await imported(6);
    writeFileSync(join(project, 'images', 'p1.png'), 'no picture');
    const report = await client.request('dataset.split', { project, train: 3, val: 1, test: 2 });
    expect(report.images).toBe(6);
  });
});
