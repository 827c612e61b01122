/**
 * Turns codes of SQLite and of the file system into the store's own errors. The only file that reads such codes.
 * Convention: what is not listed is a programming mistake and passes unchanged.
 */
import Database from 'better-sqlite3';
import { MambrushError } from '../contract/error.ts';
import { DiskFull, ProjectDamaged, ProjectIoFailed, ProjectLocked, ReadOnlyFolder } from './errors.ts';

/** Codes: https://www.sqlite.org/rescode.html. A longer prefix goes before the shorter one that it begins with. */
const bySqliteCode: readonly (readonly [prefix: string, make: (path: string, error: Error) => MambrushError])[] = [
  ['SQLITE_FULL', (path, error) => new DiskFull(path, error)],
  ['SQLITE_IOERR_SHMSIZE', (path, error) => new DiskFull(path, error)],
  ['SQLITE_IOERR_CORRUPTFS', (path, error) => new ProjectDamaged(path, error.message, error)],
  ['SQLITE_IOERR', (path, error) => new ProjectIoFailed(path, error.message, error)],
  ['SQLITE_READONLY_DBMOVED', (path, error) => new ProjectIoFailed(path, 'it was moved or deleted meanwhile', error)],
  ['SQLITE_READONLY', (path, error) => new ReadOnlyFolder(path, error)],
  ['SQLITE_CANTOPEN', (path, error) => new ReadOnlyFolder(path, error)],
  ['SQLITE_PERM', (path, error) => new ReadOnlyFolder(path, error)],
  ['SQLITE_CORRUPT', (path, error) => new ProjectDamaged(path, error.message, error)],
  ['SQLITE_NOTADB', (path, error) => new ProjectDamaged(path, error.message, error)],
  ['SQLITE_BUSY', (path) => new ProjectLocked(path, undefined)],
  ['SQLITE_LOCKED', (path) => new ProjectLocked(path, undefined)],
];

const byFileCode: Readonly<Record<string, (path: string, error: Error) => MambrushError>> = {
  ENOSPC: (path, error) => new DiskFull(path, error),
  EDQUOT: (path, error) => new DiskFull(path, error),
  EROFS: (path, error) => new ReadOnlyFolder(path, error),
  EACCES: (path, error) => new ReadOnlyFolder(path, error),
  EPERM: (path, error) => new ReadOnlyFolder(path, error),
  EIO: (path, error) => new ProjectIoFailed(path, error.message, error),
};

/**
 * @param error whatever was thrown
 * @param path the file or folder it was about
 * @returns what to throw instead
 */
export function asStoreError(error: unknown, path: string): unknown {
  if (error instanceof MambrushError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) return error;
  if (error instanceof Database.SqliteError) {
    return bySqliteCode.find(([prefix]) => code.startsWith(prefix))?.[1](path, error) ?? error;
  }
  return byFileCode[code]?.(path, error) ?? error;
}

/** Runs `work`, and throws what `asStoreError` makes of its errors. */
export function withStoreErrors<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asStoreError(error, path);
  }
}
