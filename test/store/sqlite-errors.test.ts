import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ProjectDamaged } from '../../engine/store/errors.ts';
import { asStoreError } from '../../engine/store/sqlite-errors.ts';

function fileError(code: string): Error {
  return Object.assign(new Error('as Node reports it'), { code });
}

describe('errors of SQLite and of the file system', () => {
  it.each([
    ['SQLITE_FULL', 'disk-full'],
    ['SQLITE_IOERR_SHMSIZE', 'disk-full'],
    ['SQLITE_IOERR_WRITE', 'project-io-failed'],
    ['SQLITE_READONLY_DBMOVED', 'project-io-failed'],
    ['SQLITE_READONLY', 'read-only-folder'],
    ['SQLITE_READONLY_DIRECTORY', 'read-only-folder'],
    ['SQLITE_CANTOPEN', 'read-only-folder'],
    ['SQLITE_CORRUPT_INDEX', 'project-damaged'],
    ['SQLITE_NOTADB', 'project-damaged'],
    ['SQLITE_BUSY_SNAPSHOT', 'project-locked'],
  ])('become ours: %s is %s', (code, ours) => {
    const error = asStoreError(new Database.SqliteError('as SQLite reports it', code), '/somewhere/project.db');
    expect(error).toMatchObject({ code: ours, path: '/somewhere/project.db' });
  });

  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EROFS', 'read-only-folder'],
    ['EACCES', 'read-only-folder'],
    ['EIO', 'project-io-failed'],
  ])('become ours: %s is %s', (code, ours) => {
    expect(asStoreError(fileError(code), '/somewhere')).toMatchObject({ code: ours, path: '/somewhere' });
  });

  it('pass unchanged when they are mistakes of the program, or have a name already', () => {
    for (const error of [
      new Database.SqliteError('no such column', 'SQLITE_ERROR'),
      new Database.SqliteError('not unique', 'SQLITE_CONSTRAINT_UNIQUE'),
      fileError('EMFILE'),
      new TypeError('undefined is not a function'),
      new ProjectDamaged('/elsewhere', 'a reason'),
      'a string',
    ]) {
      expect(asStoreError(error, '/somewhere')).toBe(error);
    }
  });
});
