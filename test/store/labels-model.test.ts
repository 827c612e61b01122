/** Random strokes, undo, redo, reordering and restarts, against a plain array with a plain list of snapshots. */
import { expect, it } from 'vitest';
import { openProject } from '../../engine/store/project-store.ts';
import type { ProjectStore, TileChange } from '../../engine/store/project-store.ts';
import { cutTile, tileAreas } from '../../engine/store/label-tiles.ts';
import { addClasses, addImage, painted, temporaryFolder } from './temporary-project.ts';

/** Mulberry32: small, seeded, good enough to choose strokes. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** What the store should do, in the least words. Values are class ids. */
class Model {
  readonly snapshots: Uint8Array[];
  at = 0;
  constructor(length: number) {
    this.snapshots = [new Uint8Array(length).fill(255)];
  }
  now(): Uint8Array {
    return this.snapshots[this.at] ?? new Uint8Array(0);
  }
  change(next: Uint8Array): void {
    if (Buffer.compare(next, this.now()) === 0) return;
    this.snapshots.splice(this.at + 1);
    this.snapshots.push(next);
    this.at++;
  }
}

it.each([1, 2, 3, 4])('labels behave like a plain array with snapshots, seed %d', (seed) => {
  const random = randomSource(seed);
  const size = { width: 270 + random(400), height: 250 + random(300) };
  const folder = temporaryFolder();
  let store: ProjectStore = openProject(folder, { create: true });
  addClasses(store, 'a', 'b', 'c');
  let order = [1, 2, 3];
  const image = addImage(store, 'one.png', size);
  const model = new Model(size.width * size.height);
  const toIndex = (id: number): number => (id === 0 || id === 255 ? id : order.indexOf(id) + 1);
  const indices = (ids: Uint8Array): Uint8Array => ids.map(toIndex);
  let revision = 0;

  for (let step = 0; step < 120; step++) {
    const action = random(20);
    if (action < 10) {
      const next = strokeOn(model.now(), size.width, size.height, random);
      const shown = indices(next);
      if (action === 0) store.labels.write(image, shown, painted);
      else store.labels.applyTiles(image, tilesTouched(indices(model.now()), shown, size, random), painted);
      model.change(next);
    } else if (action < 14) {
      const done = store.labels.undo(image) !== undefined;
      expect(done).toBe(model.at > 0);
      if (done) model.at--;
    } else if (action < 17) {
      const done = store.labels.redo(image) !== undefined;
      expect(done).toBe(model.at < model.snapshots.length - 1);
      if (done) model.at++;
    } else if (action < 19) {
      const [a = 1, b = 2, c = 3] = order;
      order = random(2) === 0 ? [b, c, a] : [a, c, b];
      store.classes.reorder(order);
    } else {
      store.close();
      store = openProject(folder);
    }
    const expected = indices(model.now());
    const read = store.labels.read(image) ?? new Uint8Array(expected.length).fill(255);
    expect(Buffer.compare(read, expected)).toBe(0);
    expect(store.labels.revision(image)).toBeGreaterThanOrEqual(revision);
    revision = store.labels.revision(image);
  }
  expect(store.labels.history(image)).toHaveLength(model.snapshots.length - 1);
  store.close();
});

function strokeOn(ids: Uint8Array, width: number, height: number, random: (below: number) => number): Uint8Array {
  const next = Uint8Array.from(ids);
  const value = [0, 1, 2, 3, 255][random(5)] ?? 0;
  const [left, top] = [random(width), random(height)];
  const [w, h] = [1 + random(width), 1 + random(20)];
  for (let y = top; y < Math.min(height, top + h); y++) {
    next.fill(value, y * width + left, y * width + Math.min(width, left + w));
  }
  return next;
}

/** The tiles that differ, and now and then one that does not: a brush may pass over pixels that have its color. */
function tilesTouched(
  before: Uint8Array,
  after: Uint8Array,
  size: { width: number; height: number },
  random: (below: number) => number,
): TileChange[] {
  return [...tileAreas(size)].flatMap((area) => {
    const tile = cutTile(after, size.width, area);
    const same = Buffer.compare(tile, cutTile(before, size.width, area)) === 0;
    return same && random(4) !== 0 ? [] : [{ tileX: area.tileX, tileY: area.tileY, after: tile }];
  });
}
