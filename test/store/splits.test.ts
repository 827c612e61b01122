import { describe, expect, it } from 'vitest';
import { addImage, codeOf, temporaryProject } from './temporary-project.ts';

function fourImages() {
  const store = temporaryProject();
  const [a = 0, b = 0, c = 0, d = 0] = ['a', 'b', 'c', 'd'].map((name) => addImage(store, `${name}.png`));
  const plain = { name: 'seeded', seed: 42, method: 'share', parts: { train: [c, a], val: [d], test: [b] } };
  return { store, a, b, c, d, plain };
}

describe('splits', () => {
  it('come back with parts in their order, seed, method and settings', () => {
    const { store, a, b, c, d, plain } = fourImages();
    const settings = { shares: { train: 0.7, val: 0.1, test: 0.2 }, groups: ['x', null, true], unset: undefined };
    const split = store.splits.create({ ...plain, settings });
    expect(split).toMatchObject({
      name: 'seeded',
      seed: 42,
      method: 'share',
      parts: { train: [c, a], val: [d], test: [b] },
    });
    expect(split.settings).toEqual({ shares: { train: 0.7, val: 0.1, test: 0.2 }, groups: ['x', null, true] });
    expect(store.splits.get(split.id)).toEqual(split);
    expect(store.splits.get(99)).toBeUndefined();
  });

  it('tell in which part of the current one an image is, one by one and all together', () => {
    const { store, a, b, c, d, plain } = fourImages();
    expect([...store.splits.currentParts()]).toEqual([]);
    expect(store.splits.currentPartOf(a)).toBeUndefined();
    store.splits.create({ ...plain, parts: { train: [b], val: [], test: [] } });
    store.splits.create({ ...plain, parts: { train: [c, a], val: [d], test: [] } });
    store.images.remove([c]);
    expect([a, b, c, d].map((id) => store.splits.currentPartOf(id))).toEqual(['train', undefined, undefined, 'val']);
    expect(store.splits.currentParts()).toEqual(
      new Map([
        [a, 'train'],
        [d, 'val'],
      ]),
    );
  });

  it('are current when made last', () => {
    const { store, plain } = fourImages();
    expect(store.splits.current()).toBeUndefined();
    const first = store.splits.create(plain);
    const second = store.splits.create({ ...plain, name: 'another' });
    expect(store.splits.current()).toEqual(second);
    expect(store.splits.all()).toEqual([first, second]);
  });

  it('leave removed images out, and have them back in their place when they are restored', () => {
    const { store, a, c, plain } = fourImages();
    const split = store.splits.create(plain);
    store.images.remove([c]);
    expect(store.splits.get(split.id)?.parts.train).toEqual([a]);
    store.images.restore([c]);
    expect(store.splits.get(split.id)?.parts.train).toEqual([c, a]);
  });

  it('refuse an image in two parts, an unknown image, a broken seed, and settings that are not JSON', () => {
    const { store, a, b, plain } = fourImages();
    const refusals: [string, () => unknown][] = [
      ['split-invalid', () => store.splits.create({ ...plain, parts: { train: [a, b], val: [b], test: [] } })],
      ['image-unknown', () => store.splits.create({ ...plain, parts: { train: [a], val: [77], test: [] } })],
      ['split-invalid', () => store.splits.create({ ...plain, seed: 0.5 })],
      ['split-invalid', () => store.splits.create({ ...plain, settings: { share: NaN } })],
      ['split-invalid', () => store.splits.create({ ...plain, settings: { ids: Uint8Array.of(1) } })],
    ];
    for (const [code, request] of refusals) expect(codeOf(request)).toBe(code);
    expect(store.splits.all()).toEqual([]);
  });
});
