import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classStore } from '../../engine/store/classes.ts';
import { imageStore } from '../../engine/store/images.ts';
import { labelStore } from '../../engine/store/labels.ts';
import { createDatabase, openDatabase } from '../../engine/store/open-database.ts';
import { openProject } from '../../engine/store/project-store.ts';
import type { LabelStore } from '../../engine/store/project-store.ts';
import { canMount, smallDisk } from './small-disk.ts';
import { addClasses, addImage, codeOf, first, newImage, painted, temporaryFolder } from './temporary-project.ts';

const size = { width: 256, height: 256 };

/** A tile that does not compress well: about 10 KB on the disk, twice. */
function noise(seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length: 256 * 256 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 30) & 1;
  });
}

/** Paints noise until the disk is full; returns what was stored last, and the error's code. */
function paintUntilRefused(labels: LabelStore, image: number): { last: Uint8Array; count: number; code: string } {
  let last: Uint8Array = new Uint8Array();
  for (let n = 1; n < 2000; n++) {
    const map = noise(n);
    const code = codeOf(() => labels.write(image, map, painted));
    if (code !== 'nothing was thrown') return { last, count: n - 1, code };
    last = map;
  }
  throw new Error('the disk never filled up');
}

const unable = canMount ? '' : ' (skipped: may not mount a small disk here)';

describe('a full disk', () => {
  it.skipIf(!canMount)(`loses nothing but the change that did not fit${unable}`, () => {
    const { folder } = smallDisk('4m');
    const filler = join(folder, 'filler');
    writeFileSync(filler, Buffer.alloc(1 << 20));
    const store = openProject(folder, { create: true });
    addClasses(store, 'a');
    const image = addImage(store, 'one.png', size);
    const { last, count, code } = paintUntilRefused(store.labels, image);
    expect(code).toBe('disk-full');
    expect(count).toBeGreaterThan(10);
    expect(store.labels.read(image)).toEqual(last);
    expect(store.labels.history(image)).toHaveLength(count);
    expect(store.labels.revision(image)).toBe(count);

    rmSync(filler);
    expect(store.labels.undo(image)).toBeDefined();
    expect(store.labels.redo(image)).toBeDefined();
    expect(store.labels.write(image, noise(5000), painted)).toBeDefined();
    store.close();
    const again = openProject(folder);
    expect(again.labels.read(image)).toEqual(noise(5000));
    expect(again.labels.history(image)).toHaveLength(count + 1);
    again.close();
  });

  it.skipIf(!canMount)(`refuses a new project, and takes it once there is room${unable}`, () => {
    const { folder } = smallDisk('1m');
    const filler = join(folder, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(2 << 20))).toThrow('ENOSPC');
    expect(codeOf(() => openProject(folder, { create: true }))).toBe('disk-full');
    expect(existsSync(join(folder, '.mambrush', 'project.db'))).toBe(false);
    rmSync(filler);
    openProject(folder, { create: true }).close();
  });

  it('as SQLite reports it, rolls the change back and leaves the store usable', () => {
    const file = join(temporaryFolder(), 'project.db');
    createDatabase(file);
    const db = openDatabase(file);
    const labels = labelStore(db);
    classStore(db).add({ name: 'a' });
    const image = first(imageStore(db).add([newImage('one.png', size)])).id;
    db.pragma('max_page_count = 200');
    const { last, count, code } = paintUntilRefused(labels, image);
    expect(code).toBe('disk-full');
    expect(labels.read(image)).toEqual(last);
    expect(labels.revision(image)).toBe(count);
    db.pragma('max_page_count = 100000');
    expect(labels.write(image, noise(5000), painted)?.revision).toBe(count + 1);
    expect(db.pragma('integrity_check')).toBe('ok');
    db.close();
  });
});

describe('a read-only folder', () => {
  it.skipIf(!canMount)(`is refused, whether it has a project or not${unable}`, () => {
    const [empty, full] = [smallDisk('4m'), smallDisk('4m')];
    openProject(full.folder, { create: true }).close();
    for (const disk of [empty, full]) {
      disk.makeReadOnly();
      expect(codeOf(() => openProject(disk.folder, { create: true }))).toBe('read-only-folder');
    }
    expect(codeOf(() => openProject(full.folder))).toBe('read-only-folder');
    expect(existsSync(join(empty.folder, '.mambrush'))).toBe(false);
  });

  const bound = process.platform !== 'win32' && process.getuid?.() !== 0;
  it.skipIf(!bound)(
    `is refused when only its permissions say so${bound ? '' : ' (skipped: they do not bind this user)'}`,
    () => {
      const folder = temporaryFolder();
      chmodSync(folder, 0o555);
      expect(codeOf(() => openProject(folder, { create: true }))).toBe('read-only-folder');
      chmodSync(folder, 0o755);
      openProject(folder, { create: true }).close();
      chmodSync(join(folder, '.mambrush'), 0o555);
      expect(codeOf(() => openProject(folder))).toBe('read-only-folder');
      chmodSync(join(folder, '.mambrush'), 0o755);
      for (const file of ['project.db', 'lock.db']) {
        chmodSync(join(folder, '.mambrush', file), 0o444);
        expect(codeOf(() => openProject(folder))).toBe('read-only-folder');
        chmodSync(join(folder, '.mambrush', file), 0o644);
      }
      openProject(folder).close();
    },
  );
});
