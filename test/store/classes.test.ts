import { describe, expect, it } from 'vitest';
import { openProject } from '../../engine/store/project-store.ts';
import { addClasses, addImage, codeOf, painted, temporaryFolder, temporaryProject } from './temporary-project.ts';

function threeClasses() {
  const store = temporaryProject();
  const [a, b, c] = addClasses(store, 'a', 'b', 'c').map((entry) => entry.id);
  if (a === undefined || b === undefined || c === undefined) throw new Error('three classes were added');
  const image = addImage(store, 'one.png', { width: 5, height: 1 });
  store.labels.write(image, Uint8Array.of(0, 1, 2, 3, 255), painted);
  const pixels = (): number[] => [...(store.labels.read(image) ?? [])];
  return { store, a, b, c, image, pixels };
}

describe('classes', () => {
  it('are numbered from 1 by their place and get colors that the color-blind can tell apart', () => {
    const store = temporaryProject();
    addClasses(store, 'lesion', 'hair', 'ruler');
    expect(store.classes.all()).toEqual([
      { id: 1, index: 1, name: 'lesion', color: '#e69f00' },
      { id: 2, index: 2, name: 'hair', color: '#56b4e9' },
      { id: 3, index: 3, name: 'ruler', color: '#009e73' },
    ]);
    expect(store.classes.get(2)?.name).toBe('hair');
    expect(store.classes.get(4)).toBeUndefined();
  });

  it('take a given color, and the next default is the first that is free', () => {
    const store = temporaryProject();
    expect(store.classes.add({ name: 'a', color: '#E69F00' }).color).toBe('#e69f00');
    expect(store.classes.add({ name: 'b' }).color).toBe('#56b4e9');
    expect(store.classes.recolor(1, '#123456').color).toBe('#123456');
    expect(store.classes.add({ name: 'c' }).color).toBe('#e69f00');
    expect(codeOf(() => store.classes.recolor(1, 'red'))).toBe('class-color-invalid');
  });

  it('have names that are unique and not empty', () => {
    const store = temporaryProject();
    addClasses(store, 'cell', ' 细胞核 ');
    expect(store.classes.get(2)?.name).toBe('细胞核');
    expect(store.classes.rename(1, 'nucleus').name).toBe('nucleus');
    expect(store.classes.rename(1, 'nucleus').name).toBe('nucleus');
    expect(codeOf(() => store.classes.rename(1, '细胞核'))).toBe('class-name-taken');
    expect(codeOf(() => store.classes.add({ name: '  ' }))).toBe('class-name-invalid');
    expect(codeOf(() => store.classes.rename(9, 'x'))).toBe('class-unknown');
  });

  it('are at most 254', () => {
    const store = temporaryProject();
    for (let i = 1; i <= 254; i++) store.classes.add({ name: `class ${i}` });
    expect(codeOf(() => store.classes.add({ name: 'one more' }))).toBe('too-many-classes');
    const image = addImage(store, 'a.png', { width: 4, height: 1 });
    store.labels.write(image, Uint8Array.of(0, 1, 254, 255), painted);
    expect(store.labels.read(image)).toEqual(Uint8Array.of(0, 1, 254, 255));
  });

  it('keep their pixels when the order changes', () => {
    const { store, a, b, c, image, pixels } = threeClasses();
    const before = store.labels.revision(image);
    expect(store.classes.reorder([c, a, b]).map((entry) => entry.name)).toEqual(['c', 'a', 'b']);
    expect(pixels()).toEqual([0, 2, 3, 1, 255]);
    expect(store.labels.readTile(image, 0, 0)).toEqual(Uint8Array.of(0, 2, 3, 1, 255));
    expect(store.labels.revision(image)).toBe(before + 1);
    expect(codeOf(() => store.classes.reorder([a, b]))).toBe('class-order-invalid');
    expect(codeOf(() => store.classes.reorder([a, b, b]))).toBe('class-order-invalid');
  });

  it('leave revisions alone when nothing reads differently', () => {
    const { store, a, b, c, image } = threeClasses();
    const before = store.labels.revision(image);
    store.classes.reorder([a, b, c]);
    store.classes.rename(a, 'other');
    store.classes.recolor(a, '#000000');
    store.classes.add({ name: 'd' });
    expect(store.labels.revision(image)).toBe(before);
  });

  it('give their pixels to the class they are merged into, and take them back when restored', () => {
    const { store, a, b, c, image, pixels } = threeClasses();
    expect(store.classes.merge([a, c], b)).toMatchObject({ name: 'b', index: 1 });
    expect(pixels()).toEqual([0, 1, 1, 1, 255]);
    expect(store.classes.removed().map(({ id, mergedInto }) => [id, mergedInto])).toEqual([
      [a, b],
      [c, b],
    ]);
    store.labels.write(image, Uint8Array.of(1, 1, 0, 1, 255), painted);
    expect(store.classes.restore(c).index).toBe(2);
    expect(pixels()).toEqual([1, 1, 0, 2, 255]);
    store.classes.restore(a);
    expect(pixels()).toEqual([1, 3, 0, 2, 255]);
  });

  it('follow merges of merges', () => {
    const { store, a, b, c, pixels } = threeClasses();
    store.classes.merge([a], b);
    store.classes.merge([b], c);
    expect(pixels()).toEqual([0, 1, 1, 1, 255]);
    store.classes.remove(c);
    expect(pixels()).toEqual([0, 0, 0, 0, 255]);
    store.classes.restore(b);
    expect(pixels()).toEqual([0, 1, 1, 0, 255]);
  });

  it('merge into themselves without effect, and not into what is gone', () => {
    const { store, a, b, pixels } = threeClasses();
    store.classes.merge([a], a);
    expect(pixels()).toEqual([0, 1, 2, 3, 255]);
    store.classes.remove(b);
    expect(codeOf(() => store.classes.merge([a], b))).toBe('class-unknown');
    expect(codeOf(() => store.classes.merge([b], a))).toBe('class-unknown');
  });

  it('turn into background when removed, which can be taken back', () => {
    const { store, b, pixels, image } = threeClasses();
    store.classes.remove(b);
    expect(pixels()).toEqual([0, 1, 0, 2, 255]);
    // Painting beside them leaves the hidden pixels what they are.
    store.labels.write(image, Uint8Array.of(1, 1, 0, 2, 255), painted);
    store.classes.restore(b);
    expect(pixels()).toEqual([1, 1, 3, 2, 255]);
  });

  it('free their name when removed, and a class that has it by then is not doubled', () => {
    const { store, b } = threeClasses();
    store.classes.remove(b);
    store.classes.add({ name: 'b' });
    expect(codeOf(() => store.classes.restore(b))).toBe('class-name-taken');
  });

  it('hold for the history too: undo after a change of order brings back the right classes', () => {
    const { store, a, b, c, image, pixels } = threeClasses();
    store.labels.write(image, Uint8Array.of(3, 3, 3, 3, 3), painted);
    store.classes.reorder([c, b, a]);
    expect(pixels()).toEqual([1, 1, 1, 1, 1]);
    store.labels.undo(image);
    expect(pixels()).toEqual([0, 3, 2, 1, 255]);
    store.classes.merge([a], c);
    store.labels.redo(image);
    store.labels.undo(image);
    expect(pixels()).toEqual([0, 1, 2, 1, 255]);
  });

  it('are still there after a restart', () => {
    const folder = temporaryFolder();
    const store = openProject(folder, { create: true });
    addClasses(store, 'a', 'b');
    store.classes.reorder([2, 1]);
    const before = store.classes.all();
    store.close();
    expect(temporaryProject(folder).classes.all()).toEqual(before);
  });
});
