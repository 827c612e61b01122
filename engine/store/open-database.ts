/**
 * Creates, verifies and opens the file project.db. Not its schema, not its lock: the caller holds the lock already.
 * Convention: until a file is known to be a sound project of a known version, it is only read.
 */
import { accessSync, closeSync, constants, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { syncFolderNow } from '../replace-file.ts';
import { NewerDatabase, NotAProject, ProjectDamaged, ProjectIoFailed } from './errors.ts';
import { ReadHandle, WriteHandle } from './handle.ts';
import { migrate, schemaVersion } from './migrate.ts';
import { withStoreErrors } from './sqlite-errors.ts';

/** 'MAMB', at byte 68 of the file: https://www.sqlite.org/fileformat2.html#application_id */
export const applicationId = 0x4d_41_4d_42;

/** Files up to this size are checked page by page on opening (0.1 s); larger ones only in their structure. */
const fullCheckBytes = 64 * 1024 * 1024;

/** Makes a new, empty project file in one stroke: it is there whole, or not at all. */
export function createDatabase(file: string, to: number = schemaVersion): void {
  const draft = `${file}.new`;
  for (const leftover of [draft, `${draft}-journal`]) rmSync(leftover, { force: true });
  const db = new WriteHandle(
    withStoreErrors(file, () => new Database(draft)),
    file,
  );
  try {
    // Everything is in the file itself, not in a journal beside it, before the file gets its name.
    db.pragma('journal_mode = DELETE');
    db.pragma('synchronous = FULL');
    db.pragma(`application_id = ${applicationId}`);
    migrate(db, to);
  } finally {
    db.close();
  }
  withStoreErrors(file, () => {
    renameSync(draft, file);
    syncFolderNow(dirname(file));
  });
}

/**
 * Opens the project file for writing and brings its schema up to date.
 * Errors: `not-a-project`, `project-damaged`, `newer-database`, `read-only-folder`, `disk-full`, `project-io-failed`.
 */
export function openDatabase(file: string): WriteHandle {
  // SQLite would open a file that it may not write for reading only, and say nothing until the first change.
  withStoreErrors(file, () => accessSync(file, constants.W_OK));
  verifyHeader(file);
  verifyContent(file);
  const db = new WriteHandle(
    withStoreErrors(file, () => new Database(file, { fileMustExist: true })),
    file,
  );
  try {
    if (db.pragma('journal_mode = WAL') !== 'wal') {
      throw new ProjectIoFailed(file, 'its file system cannot keep a write-ahead log; move the folder to a local disk');
    }
    db.pragma('synchronous = FULL');
    // macOS: only this reaches the disk itself; elsewhere it means nothing.
    db.pragma('fullfsync = ON');
    db.pragma('foreign_keys = ON');
    // A project may come from a stranger: nothing in its schema may call functions.
    db.pragma('trusted_schema = OFF');
    // After the import of large masks the log shrinks again.
    db.pragma(`journal_size_limit = ${fullCheckBytes}`);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The first 100 bytes, by the file format: enough to refuse foreign files before SQLite may write beside them. */
function verifyHeader(file: string): void {
  const header = Buffer.alloc(100);
  withStoreErrors(file, () => {
    const descriptor = openSync(file, 'r');
    try {
      readSync(descriptor, header, 0, header.length, 0);
    } finally {
      closeSync(descriptor);
    }
  });
  if (header.subarray(0, 16).every((byte) => byte === 0)) throw new ProjectDamaged(file, 'it begins with nothing');
  if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0' || header.readUInt32BE(68) !== applicationId) {
    throw new NotAProject(
      file,
      `${file} is not a project file of Mambrush. It was left as it is. ` +
        'Move it away if the folder shall become a project.',
    );
  }
  refuseNewer(file, header.readUInt32BE(60));
}

/** What only SQLite can tell, through a connection that cannot write: the version in the log, broken pages. */
function verifyContent(file: string): void {
  const db = new ReadHandle(
    withStoreErrors(file, () => new Database(file, { readonly: true, fileMustExist: true })),
    file,
  );
  try {
    refuseNewer(file, Number(db.pragma('user_version')));
    const found = db.one<{ tables: number }>(`SELECT count(*) AS tables FROM sqlite_schema WHERE type = 'table'`);
    if (found === undefined || found.tables === 0) throw new ProjectDamaged(file, 'it has no tables');
    if (statSync(file).size > fullCheckBytes) return;
    const verdict = db.pragma('quick_check(1)');
    if (verdict !== 'ok') throw new ProjectDamaged(file, String(verdict));
  } finally {
    db.close();
  }
}

function refuseNewer(file: string, version: number): void {
  if (version > schemaVersion) throw new NewerDatabase(dirname(dirname(file)), version, schemaVersion);
}
