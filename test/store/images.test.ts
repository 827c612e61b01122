import { describe, expect, it } from 'vitest';
import { addClasses, addImage, codeOf, first, newImage, painted, temporaryProject } from './temporary-project.ts';

describe('images', () => {
  it('come back as they were added, in that order', () => {
    const store = temporaryProject();
    const added = store.images.add([
      newImage('b.tif', { channels: 1, bits: 16, format: 'tiff', orientation: 6, group: 'patient 7' }),
      newImage('a.png', { state: 'done' }),
    ]);
    expect(store.images.all()).toEqual(added);
    expect(added.map(({ path, state, group, missing }) => ({ path, state, group, missing }))).toEqual([
      { path: 'b.tif', state: 'unlabelled', group: 'patient 7', missing: false },
      { path: 'a.png', state: 'done', group: undefined, missing: false },
    ]);
    expect(added[0]).toMatchObject({ channels: 1, bits: 16, orientation: 6, modifiedAt: 1_700_000_000_000.5 });
    expect(store.images.count()).toBe(2);
    expect(store.images.byPath('b.tif')).toEqual(added[0]);
    expect(store.images.byPath('c.png')).toBeUndefined();
    expect(store.images.get(99)).toBeUndefined();
  });

  it('are added all or none', () => {
    const store = temporaryProject();
    addImage(store, 'a.png');
    expect(codeOf(() => store.images.add([newImage('b.png'), newImage('a.png')]))).toBe('image-already-added');
    expect(store.images.all().map((image) => image.path)).toEqual(['a.png']);
  });

  it('keep names in Chinese, with spaces, composed and decomposed, apart and as they are spelled', () => {
    const store = temporaryProject();
    const names = [
      '细胞 图像/第 1 张.png',
      'caf\u00e9.png',
      'cafe\u0301.png',
      'A.png',
      'a.png',
      ' leading and trailing ',
    ];
    store.images.add(names.map((name) => newImage(name)));
    expect(store.images.all().map((image) => image.path)).toEqual(names);
    for (const name of names) expect(store.images.byPath(name)?.path).toBe(name);
  });

  it.each([
    '',
    '/etc/passwd',
    '../a.png',
    'a/../../b.png',
    'a/./b.png',
    'a//b.png',
    'a/',
    'C:/a.png',
    'c:a.png',
    'a\\b.png',
    'a\0.png',
    '.mambrush/runs/a.png',
    'lone \ud800 surrogate.png',
  ])('refuse the path %j', (path) => {
    const store = temporaryProject();
    expect(codeOf(() => store.images.add([newImage(path)]))).toBe('image-path-invalid');
    expect(codeOf(() => store.fileOf(path))).toBe('image-path-invalid');
    expect(store.images.count()).toBe(0);
  });

  it.each([{ width: 0 }, { height: 1.5 }, { orientation: 9 }, { hash: 'ABC' }, { bytes: -1 }, { modifiedAt: NaN }])(
    'refuse facts that cannot be: %j',
    (change) => {
      const store = temporaryProject();
      expect(codeOf(() => store.images.add([newImage('a.png', change)]))).toBe('image-invalid');
    },
  );

  it('change state and being missing', () => {
    const store = temporaryProject();
    const id = addImage(store, 'a.png');
    expect(store.images.setState(id, 'done').state).toBe('done');
    store.images.markMissing([id], true);
    expect(store.images.get(id)?.missing).toBe(true);
    store.images.markMissing([id], false);
    expect(store.images.get(id)?.missing).toBe(false);
    expect(codeOf(() => store.images.setState(77, 'done'))).toBe('image-unknown');
  });

  it('move with their labels', () => {
    const store = temporaryProject();
    addClasses(store, 'cell');
    const id = addImage(store, 'a.png', { width: 2, height: 1 });
    addImage(store, 'taken.png');
    store.labels.write(id, Uint8Array.of(1, 0), painted);
    expect(store.images.move(id, 'new place/a.png').path).toBe('new place/a.png');
    expect(store.labels.read(id)).toEqual(Uint8Array.of(1, 0));
    expect(store.images.move(id, 'new place/a.png').id).toBe(id);
    expect(codeOf(() => store.images.move(id, 'taken.png'))).toBe('image-already-added');
    expect(codeOf(() => store.images.move(id, '../a.png'))).toBe('image-path-invalid');
  });

  it('take new facts of a changed file, but not another size under existing labels', () => {
    const store = temporaryProject();
    addClasses(store, 'cell');
    const id = addImage(store, 'a.png', { width: 2, height: 1 });
    expect(store.images.update(id, { width: 3, hash: '1'.repeat(64) })).toMatchObject({ width: 3, height: 1 });
    store.labels.write(id, Uint8Array.of(1, 0, 0), painted);
    expect(store.images.update(id, { bytes: 99 }).bytes).toBe(99);
    expect(codeOf(() => store.images.update(id, { width: 4 }))).toBe('image-size-changed');
    expect(store.images.get(id)?.width).toBe(3);
  });

  it('are removed with everything that hangs on them, and restored with it', () => {
    const store = temporaryProject();
    addClasses(store, 'cell');
    const id = addImage(store, 'a.png', { width: 2, height: 1 });
    store.labels.write(id, Uint8Array.of(1, 0), painted);
    store.images.remove([id]);
    expect(store.images.all()).toEqual([]);
    expect(store.images.get(id)).toBeUndefined();
    expect(store.labels.labelledImageIds()).toEqual([]);
    expect(codeOf(() => store.labels.read(id))).toBe('image-unknown');
    expect(store.images.removed().map((image) => image.id)).toEqual([id]);
    expect(first(store.images.restore([id])).path).toBe('a.png');
    expect(store.labels.read(id)).toEqual(Uint8Array.of(1, 0));
    expect(store.labels.undo(id)).toBeDefined();
  });

  it('give their path free when removed', () => {
    const store = temporaryProject();
    const old = addImage(store, 'a.png');
    store.images.remove([old]);
    expect(addImage(store, 'a.png')).not.toBe(old);
    expect(codeOf(() => store.images.restore([old]))).toBe('image-already-added');
  });
});
