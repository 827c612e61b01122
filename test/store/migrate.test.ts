import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createDatabase } from '../../engine/store/open-database.ts';
import { openProject } from '../../engine/store/project-store.ts';
import { codeOf, temporaryFolder } from './temporary-project.ts';

/** A project as a program of that version left it. */
function projectOfVersion(version: number, sql: string): { folder: string; file: string } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, '.mambrush'));
  const file = join(folder, '.mambrush', 'project.db');
  createDatabase(file, version);
  const database = new Database(file);
  database.exec(sql);
  database.close();
  return { folder, file };
}

function schemaOf(file: string): { version: unknown; sql: unknown[] } {
  const database = new Database(file, { readonly: true });
  const sql = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
  const version = database.pragma('user_version', { simple: true });
  database.close();
  return { version, sql };
}

const imageRow = `INSERT INTO images (path, width, height, channels, bits, format, orientation, hash, bytes, modified_at,
  state, added_at) VALUES ('one.png', 3, 1, 3, 8, 'png', 1, '${'a'.repeat(64)}', 1, 1.5, 'done', '2026-01-01T00:00:00Z');`;

describe('migrations', () => {
  it('make version 1 from nothing', () => {
    const { file } = projectOfVersion(1, '');
    const tables = schemaOf(file);
    expect(tables.version).toBe(1);
    expect(JSON.stringify(tables.sql)).toContain('label_edit_tiles');
    expect(JSON.stringify(tables.sql)).not.toContain('epochs');
  });

  it('bring version 1 to 2 and keep images, classes, labels and history', () => {
    const { folder } = projectOfVersion(
      1,
      `${imageRow}
      INSERT INTO classes (id, name, color, position) VALUES (1, 'cell', '#e69f00', 1);
      INSERT INTO label_maps VALUES (1, 1, 1);
      INSERT INTO label_tiles VALUES (1, 0, 0, x'01');
      INSERT INTO label_edits VALUES (1, 1, 1, 'painted', 'brush', '2026-01-01T00:00:00Z');
      INSERT INTO label_edit_tiles VALUES (1, 0, 0, NULL, x'01');`,
    );
    const store = openProject(folder);
    expect(store.opening.created).toBe(false);
    expect(store.labels.read(1)).toEqual(Uint8Array.of(1, 1, 1));
    expect(store.labels.undo(1)).toBeDefined();
    expect(store.labels.read(1)).toBeUndefined();
    const parts = { train: [1], val: [], test: [] };
    expect(store.splits.create({ name: 'all', seed: 1, method: 'list', parts }).parts).toEqual(parts);
    store.close();
    openProject(folder).close();
  });

  it('bring version 2 to 3 and keep labels, whose source nobody knows', () => {
    const { folder } = projectOfVersion(
      2,
      `${imageRow}
      INSERT INTO classes (id, name, color, position) VALUES (1, 'cell', '#e69f00', 1);
      INSERT INTO label_maps VALUES (1, 1, 1);
      INSERT INTO label_tiles VALUES (1, 0, 0, x'01');`,
    );
    const store = openProject(folder);
    expect(store.opening.created).toBe(false);
    expect(store.labels.read(1)).toEqual(Uint8Array.of(1, 1, 1));
    expect(store.labels.importedFrom(1)).toBeUndefined();
    store.labels.write(1, Uint8Array.of(1, 1, 1), { origin: 'imported', description: 'again', source: 'a mask' });
    expect(store.labels.importedFrom(1)).toBe('a mask');
    store.close();
  });

  it('bring version 3 to 4 and keep runs, of whose end nobody knows the code', () => {
    const { folder } = projectOfVersion(
      3,
      `INSERT INTO splits (id, name, seed, method, settings, created_at, chosen)
        VALUES (1, 'all', 1, 'random', '{}', '2026-01-01T00:00:00Z', 1);
      INSERT INTO runs (name, split_id, seed, executor, network, settings, classes, status, message, created_at)
        VALUES ('Run 1', 1, 1, 'cpu', '{}', '{}', '[]', 'failed', 'it went wrong', '2026-01-01T00:00:00Z');`,
    );
    const store = openProject(folder);
    expect(store.runs.get(1)).toMatchObject({ message: 'it went wrong', code: undefined });
    store.runs.update(1, { status: 'failed', message: 'again', code: 'training-diverged' });
    expect(store.runs.get(1)).toMatchObject({ message: 'again', code: 'training-diverged' });
    expect(store.runs.update(1, { status: 'running', message: undefined }).code).toBeUndefined();
    store.close();
  });

  it('end with the same schema, whether in one go or step by step', () => {
    const stepwise = projectOfVersion(1, imageRow);
    openProject(stepwise.folder).close();
    const folder = temporaryFolder();
    openProject(folder, { create: true }).close();
    expect(schemaOf(stepwise.file)).toEqual(schemaOf(join(folder, '.mambrush', 'project.db')));
  });

  it('leave the version before when one of them fails', () => {
    const { folder, file } = projectOfVersion(1, `${imageRow} CREATE TABLE runs (in_the_way INTEGER);`);
    expect(codeOf(() => openProject(folder))).toBe('SQLITE_ERROR');
    const after = schemaOf(file);
    expect(after.version).toBe(1);
    expect(JSON.stringify(after.sql)).not.toContain('split_images');
  });
});
