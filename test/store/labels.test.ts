import { describe, expect, it } from 'vitest';
import { openProject } from '../../engine/store/project-store.ts';
import { addClasses, addImage, codeOf, painted, temporaryFolder, temporaryProject } from './temporary-project.ts';

/** 300×270: two by two tiles, three of them at the edge. */
function oneImage() {
  const store = temporaryProject();
  addClasses(store, 'a', 'b');
  const image = addImage(store, 'one.png');
  return { store, image };
}

const pixels = 300 * 270;

describe('labels', () => {
  it('are none, at revision 0, until something is painted', () => {
    const { store, image } = oneImage();
    expect(store.labels.read(image)).toBeUndefined();
    expect(store.labels.revision(image)).toBe(0);
    expect(store.labels.history(image)).toEqual([]);
    expect(store.labels.labelledImageIds()).toEqual([]);
    expect(store.labels.readTile(image, 1, 1)).toEqual(new Uint8Array(44 * 14).fill(255));
    expect(store.labels.undo(image)).toBeUndefined();
    expect(store.labels.redo(image)).toBeUndefined();
  });

  it('come back as written', () => {
    const { store, image } = oneImage();
    const map = Uint8Array.from({ length: pixels }, (_, i) => [0, 1, 2, 255][(i * 7 + (i >> 9)) % 4] ?? 0);
    const change = store.labels.write(image, map, { origin: 'imported', description: 'import of one_mask.png' });
    expect(change).toMatchObject({
      revision: 1,
      edit: { sequence: 1, origin: 'imported', description: 'import of one_mask.png', undone: false, tileCount: 4 },
    });
    expect(store.labels.read(image)).toEqual(map);
    expect(store.labels.labelledImageIds()).toEqual([image]);
    expect(store.labels.isLabelled(image)).toBe(true);
  });

  it('of an empty mask count as labelled, and take hardly any room', () => {
    const { store, image } = oneImage();
    store.labels.write(image, new Uint8Array(pixels), painted);
    expect(store.labels.read(image)).toEqual(new Uint8Array(pixels));
    expect(store.labels.labelledImageIds()).toEqual([image]);
  });

  it('store only the tiles that differ, and nothing when none does', () => {
    const { store, image } = oneImage();
    const map = new Uint8Array(pixels);
    store.labels.write(image, map, painted);
    expect(store.labels.write(image, map, painted)).toBeUndefined();
    expect(store.labels.revision(image)).toBe(1);
    map[299] = 2;
    expect(store.labels.write(image, map, painted)?.tiles).toEqual([{ tileX: 1, tileY: 0 }]);
    expect(store.labels.write(addImage(store, 'two.png'), map.fill(255), painted)).toBeUndefined();
  });

  it('written in steps leave others their turn also where nothing changes', async () => {
    const store = temporaryProject();
    const large = addImage(store, 'large.png', { width: 4096, height: 4096 });
    const map = new Uint8Array(4096 * 4096);
    await store.labels.writeInSteps(large, map, painted);
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    expect(await store.labels.writeInSteps(large, map, painted)).toBeUndefined();
    clearInterval(others);
    expect(turns).toBeGreaterThan(0);
  });

  it('written in steps are the same, whatever happens in between', async () => {
    const { store, image } = oneImage();
    const large = addImage(store, 'large.png', { width: 3000, height: 2000 });
    const map = Uint8Array.from({ length: 6_000_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 30) % 3);
    const writing = store.labels.writeInSteps(large, map, painted);
    store.labels.applyTiles(large, [{ tileX: 0, tileY: 0, after: new Uint8Array(65536).fill(2) }], painted);
    store.classes.add({ name: 'c' });
    store.labels.write(image, new Uint8Array(pixels).fill(3), painted);
    expect((await writing)?.edit).toMatchObject({ sequence: 2, tileCount: 96 });
    expect(Buffer.compare(store.labels.read(large)!, map)).toBe(0);
    store.labels.undo(large);
    expect(store.labels.readTile(large, 0, 0)).toEqual(new Uint8Array(65536).fill(2));
    expect(store.labels.readTile(large, 1, 0)).toEqual(new Uint8Array(65536).fill(255));
    expect(await store.labels.writeInSteps(image, new Uint8Array(pixels).fill(3), painted)).toBeUndefined();
    expect(await store.labels.writeInSteps(image, new Uint8Array(pixels), painted, () => true)).toBeUndefined();
    expect(store.labels.read(image)).toEqual(new Uint8Array(pixels).fill(3));
    await expect(store.labels.writeInSteps(image, new Uint8Array(3), painted)).rejects.toMatchObject({
      code: 'label-size-wrong',
    });
  });

  it('know what they were imported from, also when the same was there already', () => {
    const { store, image } = oneImage();
    const map = new Uint8Array(pixels);
    expect(store.labels.importedFrom(image)).toBeUndefined();
    store.labels.write(image, map, { origin: 'imported', description: 'import', source: 'first' });
    expect(store.labels.importedFrom(image)).toBe('first');
    expect(
      store.labels.write(image, map, { origin: 'imported', description: 'import', source: 'second' }),
    ).toBeUndefined();
    expect(store.labels.importedFrom(image)).toBe('second');
    store.labels.write(image, map.fill(1), painted);
    expect(store.labels.importedFrom(image)).toBe('second');
    expect(codeOf(() => store.labels.importedFrom(99))).toBe('image-unknown');
  });

  it('take a gesture as one entry of the history', () => {
    const { store, image } = oneImage();
    const change = store.labels.applyTiles(
      image,
      [
        { tileX: 0, tileY: 0, after: new Uint8Array(256 * 256).fill(1) },
        { tileX: 1, tileY: 1, after: new Uint8Array(44 * 14).fill(2) },
        { tileX: 1, tileY: 0, after: new Uint8Array(44 * 256).fill(255) },
      ],
      painted,
    );
    expect(change?.tiles).toEqual([
      { tileX: 0, tileY: 0 },
      { tileX: 1, tileY: 1 },
    ]);
    expect(store.labels.history(image)).toHaveLength(1);
    const map = store.labels.read(image);
    expect([map?.[0], map?.[256], map?.[pixels - 1], map?.[pixels - 300]]).toEqual([1, 255, 2, 255]);
  });

  it('are undone and redone, and the revision never comes back', () => {
    const { store, image } = oneImage();
    const maps = [1, 2, 0].map((value) => new Uint8Array(pixels).fill(value));
    for (const map of maps) store.labels.write(image, map, painted);
    expect(store.labels.undo(image)).toMatchObject({ revision: 4, edit: { sequence: 3, undone: true } });
    expect(store.labels.read(image)).toEqual(maps[1]);
    store.labels.undo(image);
    store.labels.undo(image);
    expect(store.labels.undo(image)).toBeUndefined();
    expect(store.labels.read(image)).toBeUndefined();
    expect(store.labels.revision(image)).toBe(6);
    expect(store.labels.redo(image)).toMatchObject({ revision: 7, edit: { sequence: 1, undone: false } });
    expect(store.labels.history(image).map((edit) => edit.undone)).toEqual([false, true, true]);
  });

  it('forget what was undone when something new is painted', () => {
    const { store, image } = oneImage();
    store.labels.write(image, new Uint8Array(pixels).fill(1), painted);
    store.labels.undo(image);
    store.labels.write(image, new Uint8Array(pixels).fill(2), painted);
    expect(store.labels.redo(image)).toBeUndefined();
    expect(store.labels.history(image)).toHaveLength(1);
  });

  it('of one image are not touched by undo on another', () => {
    const { store, image } = oneImage();
    const other = addImage(store, 'two.png', { width: 1, height: 1 });
    store.labels.write(image, new Uint8Array(pixels).fill(1), painted);
    store.labels.write(other, Uint8Array.of(2), painted);
    store.labels.undo(other);
    expect(store.labels.read(image)?.[0]).toBe(1);
    expect(store.labels.isLabelled(other)).toBe(false);
    expect(store.labels.labelledImageIds()).toEqual([image]);
  });

  it('set the state of their image in the same step', () => {
    const { store, image } = oneImage();
    const state = () => store.images.get(image)?.state;
    store.labels.write(image, new Uint8Array(pixels).fill(1), painted);
    expect(state()).toBe('in-progress');
    store.labels.undo(image);
    expect(state()).toBe('unlabelled');
    store.labels.redo(image);
    expect(state()).toBe('in-progress');
    store.labels.write(image, new Uint8Array(pixels).fill(2), { ...painted, state: 'done' });
    expect(state()).toBe('done');
    store.labels.undo(image);
    expect(state()).toBe('done');
  });

  it('refuse what does not fit, and stay what they were', () => {
    const { store, image } = oneImage();
    const map = new Uint8Array(pixels);
    store.labels.write(image, map, painted);
    const tile = { tileX: 0, tileY: 0, after: new Uint8Array(256 * 256).fill(1) };
    const refusals: [string, () => unknown][] = [
      ['image-unknown', () => store.labels.write(99, map, painted)],
      ['label-size-wrong', () => store.labels.write(image, new Uint8Array(pixels - 1), painted)],
      ['label-value-unknown', () => store.labels.write(image, map.fill(3, pixels - 1), painted)],
      ['label-tile-outside', () => store.labels.applyTiles(image, [tile, { ...tile, tileX: 2 }], painted)],
      ['label-size-wrong', () => store.labels.applyTiles(image, [tile, { ...tile, tileX: 1 }], painted)],
      ['label-tile-twice', () => store.labels.applyTiles(image, [tile, tile], painted)],
      ['label-tile-outside', () => store.labels.readTile(image, 0, 5)],
    ];
    for (const [code, request] of refusals) expect(codeOf(request)).toBe(code);
    expect(store.labels.read(image)).toEqual(new Uint8Array(pixels));
    expect(store.labels.revision(image)).toBe(1);
  });

  it('and their history survive a restart', () => {
    const folder = temporaryFolder();
    const store = openProject(folder, { create: true });
    addClasses(store, 'a');
    const image = addImage(store, 'one.png', { width: 2, height: 1 });
    store.labels.write(image, Uint8Array.of(0, 1), painted);
    store.labels.write(image, Uint8Array.of(1, 1), painted);
    store.labels.write(image, Uint8Array.of(1, 0), painted);
    store.labels.undo(image);
    const history = store.labels.history(image);
    store.close();
    const again = temporaryProject(folder);
    expect(again.labels.history(image)).toEqual(history);
    expect(again.labels.revision(image)).toBe(4);
    again.labels.undo(image);
    expect(again.labels.read(image)).toEqual(Uint8Array.of(0, 1));
    again.labels.redo(image);
    again.labels.redo(image);
    expect(again.labels.read(image)).toEqual(Uint8Array.of(1, 0));
  });

  it('of a 20-megapixel photograph are written and read whole', () => {
    const store = temporaryProject();
    addClasses(store, 'a', 'b');
    const size = { width: 5472, height: 3648 };
    const image = addImage(store, 'photograph.jpg', size);
    const map = new Uint8Array(size.width * size.height);
    for (let y = 0; y < size.height; y++) {
      const start = y * size.width + ((y * 13) % 3000);
      map.fill(1 + ((y >> 7) & 1), start, start + 1500);
    }
    expect(store.labels.write(image, map, painted)?.tiles).toHaveLength(22 * 15);
    expect(Buffer.compare(store.labels.read(image) ?? Buffer.alloc(0), map)).toBe(0);
  });
});
