import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openProject } from '../../engine/store/project-store.ts';
import { startChild } from './start-child.ts';
import { paintedUpTo, strokeSize } from './numbered-strokes.ts';
import { addClasses, addImage, temporaryFolder } from './temporary-project.ts';

it('kill -9 at any moment loses no stroke that was released', async () => {
  const folder = temporaryFolder();
  const first = openProject(folder, { create: true });
  addClasses(first, 'a', 'b', 'c');
  const image = addImage(first, 'one.png', strokeSize);
  first.close();

  let released = 0;
  for (let round = 0; round < 8; round++) {
    const writer = startChild('stroke-writer-process.ts', folder);
    expect(await writer.nextLine()).toBe(String(released + 1));
    await wait(Math.random() * 250);
    await writer.kill();
    const printed = Number(writer.lines.at(-1));

    expect(integrityOf(folder)).toBe('ok');
    const store = openProject(folder);
    try {
      expect(store.opening.unclosedBy?.pid).toBe(writer.process.pid);
      const kept = store.labels.history(image).length;
      // The last one may have been safe before its number could be printed.
      expect([printed, printed + 1]).toContain(kept);
      const expected = paintedUpTo(kept);
      // Without any stroke there is no map, which is all unlabelled.
      const now = (): Buffer => Buffer.from(store.labels.read(image) ?? paintedUpTo(0));
      expect(now().equals(expected)).toBe(true);
      expect(store.labels.undo(image)).toBeDefined();
      expect(now().equals(paintedUpTo(kept - 1))).toBe(true);
      expect(store.labels.redo(image)).toBeDefined();
      expect(now().equals(expected)).toBe(true);
      released = kept;
    } finally {
      store.close();
    }
  }
  expect(released).toBeGreaterThan(8);
});

/** Every page, and every reference between tables. */
function integrityOf(folder: string): unknown {
  const database = new Database(join(folder, '.mambrush', 'project.db'));
  try {
    const faults = database.pragma('foreign_key_check') as unknown[];
    return faults.length > 0 ? faults : database.pragma('integrity_check', { simple: true });
  } finally {
    database.close();
  }
}
