import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { applicationId, openDatabase } from '../../engine/store/open-database.ts';
import { openProject } from '../../engine/store/project-store.ts';
import { addClasses, addImage, codeOf, painted, temporaryFolder } from './temporary-project.ts';

/** A closed project with something in it; `spoil` gets the path of its database and the file's bytes. */
function spoiledProject(spoil: (file: string, bytes: Buffer) => void): { folder: string; file: string } {
  const folder = temporaryFolder();
  const store = openProject(folder, { create: true });
  addClasses(store, 'a');
  const image = addImage(store, 'one.png', { width: 300, height: 300 });
  const map = Uint8Array.from({ length: 90_000 }, (_, i) => ((i * 2_654_435_761) >>> 31) & 1);
  store.labels.write(image, map, painted);
  store.close();
  const file = join(folder, '.mambrush', 'project.db');
  spoil(file, readFileSync(file));
  return { folder, file };
}

function withDatabase(file: string, work: (database: Database.Database) => void): void {
  const database = new Database(file);
  try {
    work(database);
  } finally {
    database.close();
  }
}

describe('the database of a project', () => {
  it('is written through to the disk, checks references, and says whose it is', () => {
    const { file } = spoiledProject(() => undefined);
    const db = openDatabase(file);
    const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema', 'application_id'];
    expect(settings.map((name) => db.pragma(name))).toEqual(['wal', 2, 1, 0, applicationId]);
    expect(db.many<{ strict: number }>(`SELECT strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite%'`)).toEqual(
      Array.from({ length: 11 }, () => ({ strict: 1 })),
    );
    db.close();
  });

  it('is closed to writing through a read handle', () => {
    const { file } = spoiledProject(() => undefined);
    const db = openDatabase(file);
    expect(() => db.many('DELETE FROM label_tiles RETURNING tile_x')).toThrow('a read handle was asked to write');
    db.close();
  });

  const other = 'CREATE TABLE bookmarks (url TEXT)';
  it.each<[what: string, code: string, spoil: (file: string, bytes: Buffer) => void]>([
    ['a text file', 'not-a-project', (file) => writeFileSync(file, 'Dear diary, '.repeat(100))],
    ['an empty file', 'project-damaged', (file) => writeFileSync(file, '')],
    ['a file of zeros', 'project-damaged', (file, bytes) => writeFileSync(file, Buffer.alloc(bytes.length))],
    ['half of itself', 'project-damaged', (file, bytes) => writeFileSync(file, bytes.subarray(0, bytes.length / 2))],
    ['its first 100 bytes', 'project-damaged', (file, bytes) => writeFileSync(file, bytes.subarray(0, 100))],
    ['full of broken pages', 'project-damaged', (file, bytes) => writeFileSync(file, bytes.fill(0xa5, 8192))],
    ['broken in one page', 'project-damaged', (file, bytes) => writeFileSync(file, bytes.fill(0xa5, 8192, 12_288))],
    [
      "another program's database",
      'not-a-project',
      (file) => {
        writeFileSync(file, '');
        withDatabase(file, (database) => database.exec(other));
      },
    ],
    [
      'of a newer version',
      'newer-database',
      (file) => withDatabase(file, (database) => database.pragma('user_version = 99')),
    ],
  ])('is refused and left as it is when it is %s', (_, code, spoil) => {
    const { folder, file } = spoiledProject(spoil);
    const before = readFileSync(file);
    expect(codeOf(() => openProject(folder))).toBe(code);
    expect(codeOf(() => openProject(folder, { create: true }))).toBe(code);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it('is refused when only its log says that it is newer', () => {
    const { file } = spoiledProject(() => undefined);
    const folder = temporaryFolder();
    const copy = join(folder, '.mambrush', 'project.db');
    mkdirSync(join(folder, '.mambrush'));
    withDatabase(file, (database) => {
      database.pragma('user_version = 99');
      for (const end of ['', '-wal']) copyFileSync(file + end, copy + end);
    });
    const before = readFileSync(copy);
    expect(before.readUInt32BE(60)).toBeLessThan(99);
    expect(codeOf(() => openProject(folder))).toBe('newer-database');
    expect(readFileSync(copy).equals(before)).toBe(true);
  });

  it('says what to do', () => {
    const newer = spoiledProject((file) => withDatabase(file, (database) => database.pragma('user_version = 99')));
    expect(() => openProject(newer.folder)).toThrow(
      `The project ${newer.folder} was written by a newer Mambrush (format 99, this one knows up to 4). ` +
        'Nothing was changed. Update Mambrush to open it.',
    );
    const damaged = spoiledProject((file) => writeFileSync(file, ''));
    expect(() => openProject(damaged.folder)).toThrow(/project\.db is damaged .* Put back a copy from a backup/);
  });

  it('names the image whose label tile is broken, and the rest can be used', () => {
    const { folder } = spoiledProject((file) =>
      withDatabase(file, (database) => database.exec(`UPDATE label_tiles SET pixels = x'78012233' WHERE tile_x = 0`)),
    );
    const store = openProject(folder);
    const [image] = store.images.all();
    expect(() => store.labels.read(image?.id ?? 0)).toThrow(/damaged \(label tile 0,0 of one\.png\)/);
    expect(store.labels.readTile(image?.id ?? 0, 1, 0)).toHaveLength(44 * 256);
    store.close();
  });

  it('from a stranger cannot lead out of its folder', () => {
    const { folder } = spoiledProject((file) =>
      withDatabase(file, (database) => database.exec(`UPDATE images SET path = '../../etc/passwd'`)),
    );
    const store = openProject(folder);
    expect(codeOf(() => store.images.all())).toBe('project-damaged');
    store.close();
  });
});
