import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineEvent } from '../../engine/contract/events.ts';
import type { EngineClient } from '../../engine/contract/requests.ts';
import { connectInProcess } from '../../engine/host/in-process.ts';
import { disc, makeDiscFolder, temporaryFolder } from '../fixtures/disc-pictures.ts';
import { writeFreshCheckpoint } from './trained-checkpoint.ts';

interface Opened {
  readonly client: EngineClient;
  readonly folder: string;
  readonly project: string;
  readonly events: EngineEvent[];
}

async function open(count = 3, labelled = 2): Promise<Opened> {
  const folder = await makeDiscFolder(temporaryFolder(), count, labelled);
  const client = connectInProcess();
  onTestFinished(() => client.close());
  const { project } = await client.request('dataset.import', { folder });
  const events: EngineEvent[] = [];
  client.listen((event) => events.push(event));
  return { client, folder, project, events };
}

const size = 64 * 48;

describe('images for a window', () => {
  it('are listed with their state, labels and part, and change their state', async () => {
    const { client, project, events } = await open();
    await client.request('dataset.split', { project, train: 1, val: 1, test: 0 });
    const { images } = await client.request('images.list', { project });
    expect(images.map(({ path, state, labelled }) => [path, state, labelled])).toEqual([
      ['images/p0.png', 'done', true],
      ['images/p1.png', 'done', true],
      ['images/p2.png', 'unlabelled', false],
    ]);
    expect(images.map(({ part }) => part).sort()).toEqual(['train', 'val', undefined]);
    await client.request('images.set-state', { project, images: [images[2]!.id], state: 'in-progress' });
    expect(events.at(-1)).toMatchObject({ kind: 'images.changed', images: [{ state: 'in-progress' }] });
    await client.request('images.remove', { project, images: [images[0]!.id] });
    expect((await client.request('images.list', { project })).images).toHaveLength(2);
    await client.request('images.restore', { project, images: [images[0]!.id] });
    expect((await client.request('images.list', { project })).images).toHaveLength(3);
  });

  it('come as pixels, in bands, and as thumbnails', async () => {
    const { client, folder, project } = await open();
    const [image] = (await client.request('images.list', { project })).images;
    const band = await client.request('image.pixels', { project, image: image!.id, top: 40, rows: 100 });
    const whole = await sharp(join(folder, 'images', 'p0.png'))
      .removeAlpha()
      .raw()
      .toBuffer();
    expect([band.width, band.rows, band.channels, band.bits]).toEqual([64, 8, 3, 8]);
    expect(Buffer.compare(band.data, whole.subarray(40 * 64 * 3))).toBe(0);
    const small = await client.request('image.thumbnail', { project, image: image!.id, side: 16 });
    expect(await sharp(small.data).metadata()).toMatchObject({ format: 'webp', width: 16, height: 12 });
    await expect(client.request('image.pixels', { project, image: image!.id, top: 48, rows: 1 })).rejects.toMatchObject(
      {
        code: 'rows-outside',
      },
    );
    await expect(client.request('image.pixels', { project, image: 999, top: 0, rows: 1 })).rejects.toMatchObject({
      code: 'image-unknown',
    });
  });
});

describe('labels from a window', () => {
  it('are changed by gestures that can be undone and redone, also after a restart', async () => {
    const { client, project, events } = await open();
    const image = (await client.request('images.list', { project })).images[2]!.id;
    expect(await client.request('labels.read', { project, image })).toEqual({ revision: 0, data: null });
    const stroke = disc(4);
    const tiles = [{ tileX: 0, tileY: 0, after: stroke }];
    const args = { project, image, tiles, origin: 'painted' as const, description: 'brush' };
    expect(await client.request('labels.apply', args)).toEqual({ revision: 1 });
    expect(events.at(-1)).toMatchObject({
      kind: 'images.changed',
      images: [{ id: image, revision: 1, labelled: true, state: 'in-progress' }],
    });
    expect((await client.request('labels.history', { project, image })).edits).toMatchObject([
      { description: 'brush' },
    ]);
    expect(await client.request('labels.apply', args)).toEqual({ revision: null });
    await client.request('project.close', { project });
    await client.request('project.open', { folder: project });
    expect((await client.request('labels.read', { project, image })).data).toEqual(stroke);
    const undone = await client.request('labels.undo', { project, image });
    expect(undone.change?.tiles).toEqual([{ tileX: 0, tileY: 0, after: new Uint8Array(size).fill(255) }]);
    expect((await client.request('labels.undo', { project, image })).change).toBeNull();
    expect((await client.request('labels.redo', { project, image })).change?.tiles[0]?.after).toEqual(stroke);
    expect((await client.request('labels.history', { project, image })).edits).toHaveLength(1);
  });

  it('keep their classes through renaming, order, merging and removal, each of which can be taken back', async () => {
    const { client, project } = await open();
    const { classes } = await client.request('classes.add', { project, name: '核仁' });
    const [first, second] = classes;
    await client.request('classes.rename', { project, class: first!.id, name: 'cell' });
    await client.request('classes.recolor', { project, class: second!.id, color: '#123456' });
    const turned = await client.request('classes.reorder', { project, order: [second!.id, first!.id] });
    expect(turned.classes.map(({ name, color }) => [name, color])).toEqual([
      ['核仁', '#123456'],
      ['cell', first!.color],
    ]);
    const image = (await client.request('images.list', { project })).images[0]!.id;
    const { data } = await client.request('labels.read', { project, image });
    expect(new Set(data)).toEqual(new Set([0, 2]));
    const merged = await client.request('classes.merge', { project, from: [first!.id], into: second!.id });
    expect(merged.removed).toMatchObject([{ name: 'cell', mergedInto: second!.id }]);
    const back = await client.request('classes.restore', { project, class: first!.id });
    expect(back.classes.map(({ name }) => name)).toEqual(['核仁', 'cell']);
    await client.request('classes.remove', { project, class: second!.id });
    expect((await client.request('classes.list', { project })).classes.map(({ name }) => name)).toEqual(['cell']);
  });
});

describe('proposals', () => {
  it('are made by a network, wait, and become labels only when they are accepted', async () => {
    const { client, folder, project, events } = await open();
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const ids = (await client.request('images.list', { project })).images.map(({ id }) => id);
    const made = await client.request('proposals.make', { project, images: ids, checkpoint });
    expect(made.failed).toEqual([]);
    expect(made.proposals.map(({ image, dice }) => [image, dice !== undefined])).toEqual(
      ids.map((id, at) => [id, at < 2]),
    );
    expect(events.at(-1)).toEqual({ kind: 'proposals.changed', project, images: ids });
    const waiting = await client.request('proposals.read', { project, image: ids[2]! });
    expect(waiting.data).toHaveLength(size);
    expect((await client.request('labels.read', { project, image: ids[2]! })).data).toBeNull();
    await client.request('proposals.accept', { project, images: [ids[2]!] });
    expect((await client.request('labels.read', { project, image: ids[2]! })).data).toEqual(waiting.data);
    // Thought again: it is there as before, and small to be looked at.
    await client.request('labels.undo', { project, image: ids[2]! });
    expect((await client.request('labels.read', { project, image: ids[2]! })).data).toBeNull();
    expect(await client.request('proposals.read', { project, image: ids[2]! })).toEqual(waiting);
    const { map } = await client.request('proposals.thumbnail', { project, image: ids[2]!, side: 32 });
    expect([map?.width, map?.height]).toEqual([32, 24]);
    const middles = Array.from(map?.data ?? [], (_, at) => (2 * Math.floor(at / 32) + 1) * 64 + 2 * (at % 32) + 1);
    expect([...(map?.data ?? [])]).toEqual(middles.map((at) => waiting.data?.[at]));
    await client.request('proposals.reject', { project, images: [ids[2]!] });
    expect((await client.request('proposals.thumbnail', { project, image: ids[2]!, side: 32 })).map).toBeNull();
    await client.request('proposals.reject', { project, images: [ids[0]!] });
    expect((await client.request('proposals.list', { project })).proposals.map(({ image }) => image)).toEqual([ids[1]]);
    const file = join(folder, '.mambrush', 'cache', 'proposals', `${ids[1]!}.bin`);
    writeFileSync(file, 'damaged');
    expect(await client.request('proposals.read', { project, image: ids[1]! })).toEqual({ info: null, data: null });
  });
});

describe('a proposal that was decided on', () => {
  async function proposed(): Promise<Opened & { readonly ids: readonly number[]; readonly stateOf: typeof stateOf }> {
    const opened = await open();
    const { client, folder, project } = opened;
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const { images } = await client.request('images.list', { project });
    const ids = images.map(({ id }) => id);
    await client.request('proposals.make', { project, images: ids, checkpoint });
    const stateOf = async (image: number) => {
      const listed = await client.request('images.list', { project });
      const { proposals } = await client.request('proposals.list', { project });
      const { data } = await client.request('labels.read', { project, image });
      const { state } = listed.images.find(({ id }) => id === image)!;
      return { state, labels: data, waits: proposals.some((proposal) => proposal.image === image) };
    };
    return { ...opened, ids, stateOf };
  }

  const paint = async ({ client, project }: Opened, image: number, value: number): Promise<void> => {
    const tiles = [{ tileX: 0, tileY: 0, after: new Uint8Array(size).fill(value) }];
    await client.request('labels.apply', { project, image, tiles, origin: 'painted', description: 'brush' });
  };

  it('comes back with labels and state as they were, of one image and of many', async () => {
    const { client, project, ids, stateOf, events } = await proposed();
    const before = await Promise.all(ids.map(stateOf));
    expect(before.map(({ state, waits }) => [state, waits])).toEqual([
      ['done', true],
      ['done', true],
      ['unlabelled', true],
    ]);
    const { accepted } = await client.request('proposals.accept', { project, images: [...ids] });
    const after = await Promise.all(ids.map(stateOf));
    expect(after.map(({ state, waits }) => [state, waits])).toEqual(ids.map(() => ['done', false]));
    expect(after.map(({ labels }) => labels)).not.toEqual(before.map(({ labels }) => labels));
    const images = [...ids];
    const { proposals, kept } = await client.request('proposals.restore', { project, images, accepted });
    expect([proposals.map(({ image }) => image), kept]).toEqual([ids, []]);
    expect(await Promise.all(ids.map(stateOf))).toEqual(before);
    expect(events.at(-1)).toMatchObject({ kind: 'images.changed', images: ids.map((id) => ({ id })) });
    await client.request('proposals.reject', { project, images });
    expect((await stateOf(ids[0]!)).waits).toBe(false);
    await client.request('proposals.restore', { project, images });
    expect(await Promise.all(ids.map(stateOf))).toEqual(before);
  });

  it('stays decided where somebody has painted since, until that is taken back', async () => {
    const opened = await proposed();
    const { client, project, ids, stateOf } = opened;
    const image = ids[2]!;
    const { accepted } = await client.request('proposals.accept', { project, images: [image] });
    await paint(opened, image, 1);
    const painted = await stateOf(image);
    const restore = () => client.request('proposals.restore', { project, images: [image], accepted });
    expect(await restore()).toEqual({ proposals: [], kept: [image] });
    expect(await stateOf(image)).toEqual(painted);
    await client.request('labels.undo', { project, image });
    expect(await restore()).toMatchObject({ proposals: [{ image }], kept: [] });
    expect(await stateOf(image)).toEqual({ state: 'unlabelled', labels: null, waits: true });
    // Undone already, by the history of the labels: a second time changes nothing more.
    await paint(opened, image, 0);
    expect(await restore()).toMatchObject({ kept: [] });
    expect((await stateOf(image)).labels).toEqual(new Uint8Array(size).fill(0));
  });

  it('whose labels were the same already takes no other change back', async () => {
    const opened = await proposed();
    const { client, project, ids, stateOf } = opened;
    const image = ids[2]!;
    const { data } = await client.request('proposals.read', { project, image });
    const tiles = [{ tileX: 0, tileY: 0, after: data! }];
    await client.request('labels.apply', { project, image, tiles, origin: 'painted', description: 'brush' });
    const before = await stateOf(image);
    const { accepted } = await client.request('proposals.accept', { project, images: [image] });
    expect(accepted).toEqual([{ image, state: 'in-progress' }]);
    await client.request('proposals.restore', { project, images: [image], accepted });
    expect(await stateOf(image)).toEqual(before);
  });

  it('does not come back in the place of a newer one', async () => {
    const { client, folder, project, ids } = await proposed();
    const image = ids[2]!;
    await client.request('proposals.reject', { project, images: [image] });
    const checkpoint = join(folder, 'net.safetensors');
    const { proposals } = await client.request('proposals.make', { project, images: [image], checkpoint });
    expect(await client.request('proposals.restore', { project, images: [image] })).toEqual({
      proposals: [],
      kept: [],
    });
    expect((await client.request('proposals.read', { project, image })).info).toEqual(proposals[0]);
  });
});

describe('what a window remembers', () => {
  it('is kept for the person and for the project, and is empty where its file is damaged', async () => {
    const home = temporaryFolder();
    process.env['MAMBRUSH_HOME'] = home;
    onTestFinished(() => {
      delete process.env['MAMBRUSH_HOME'];
    });
    const { client, folder, project } = await open();
    await client.request('preferences.write', { values: { language: 'zh-CN' } });
    await client.request('preferences.write', { values: { keys: { brush: 'B' } } });
    const kept = { language: 'zh-CN', keys: { brush: 'B' } };
    expect(await client.request('preferences.read', {})).toEqual({ values: kept });
    await client.request('view.write', { project, values: { image: 3, zoom: 1.5 } });
    expect(await client.request('view.read', { project })).toEqual({ values: { image: 3, zoom: 1.5 } });
    writeFileSync(join(folder, '.mambrush', 'view.json'), '{');
    expect(await client.request('view.read', { project })).toEqual({ values: {} });
  });

  it('offers folders to choose from, and a sample of its own', async () => {
    const { client, folder } = await open();
    const { folder: sample } = await client.request('sample.create', { parent: folder });
    expect(existsSync(join(sample, 'images'))).toBe(true);
    expect((await client.request('sample.create', { parent: folder })).folder).toBe(join(folder, 'sample 2'));
    const listed = await client.request('folders.list', { folder });
    expect(listed.folders.map(({ name }) => name)).toEqual(['images', 'masks', 'sample', 'sample 2']);
    expect((await client.request('folders.list', { folder: join(folder, 'images') })).images).toBe(3);
    await expect(client.request('folders.list', { folder: '/nowhere' })).rejects.toMatchObject({
      code: 'folder-missing',
    });
    writeFileSync(join(folder, 'objects.JSON'), '{}');
    const { files } = await client.request('folders.list', { folder, endings: ['.json'] });
    expect(files).toEqual([{ name: 'objects.JSON', path: join(folder, 'objects.JSON'), bytes: 2 }]);
    const inspect = (name: string) => client.request('folder.inspect', { folder: join(folder, name) });
    expect(await inspect('')).toMatchObject({ isProject: true });
    writeFileSync(join(sample, 'settings.json'), '{}');
    writeFileSync(join(sample, 'annotations.json'), '{}');
    const found = await inspect('sample');
    expect(found).toMatchObject({ isProject: false, annotations: 1 });
    expect([found.images > 10, found.masks > 0]).toEqual([true, true]);
    expect(existsSync(join(sample, '.mambrush'))).toBe(false);
    await expect(inspect('objects.JSON')).rejects.toMatchObject({ code: 'folder-missing' });
  });
});
