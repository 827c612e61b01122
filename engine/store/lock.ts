/**
 * One writer per project. The lock is a lock of the operating system, held by SQLite on the empty file
 * `.mambrush/lock.db` for as long as the project is open: it goes when the process goes, however it ends, so nothing
 * is ever stale and no process id has to be guessed at. `.mambrush/lock.json` only tells others who has it.
 * Convention: nobody opens lock.db by other means; closing any descriptor of it would drop the lock (POSIX).
 */
import { accessSync, constants, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { ProjectLocked } from './errors.ts';
import { asStoreError, withStoreErrors } from './sqlite-errors.ts';
import type { LockHolder } from './types.ts';

const holderSchema = z.object({ host: z.string(), pid: z.number().int(), since: z.string() });

export interface ProjectLock {
  /** Who had it last without giving it back. */
  readonly unclosedBy: LockHolder | undefined;
  release(): void;
}

/**
 * @param folder the project's `.mambrush` folder, which exists
 * Errors: `project-locked`, `read-only-folder`, `disk-full`.
 */
export function takeLock(folder: string): ProjectLock {
  const noteFile = join(folder, 'lock.json');
  const database = holdLockFile(folder, noteFile);
  try {
    const unclosedBy = readHolder(noteFile);
    const holder: LockHolder = { host: hostname(), pid: process.pid, since: new Date().toISOString() };
    writeFileSync(noteFile, `${JSON.stringify(holder)}\n`);
    return {
      unclosedBy,
      release: () => {
        // The note first: once the lock is free, it may already be the next one's.
        if (database.open) rmSync(noteFile, { force: true });
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw asStoreError(error, folder);
  }
}

function holdLockFile(folder: string, noteFile: string): Database.Database {
  const file = join(folder, 'lock.db');
  const database = withStoreErrors(folder, () => new Database(file, { timeout: 0 }));
  try {
    // On a file that it may not write, SQLite would begin a mere reading transaction, which locks nobody out.
    accessSync(file, constants.W_OK);
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    const named = asStoreError(error, folder);
    throw named instanceof ProjectLocked ? new ProjectLocked(folder, readHolder(noteFile)) : named;
  }
}

/** Undefined when there is no note, or none that can be read: it is a courtesy, the lock does not depend on it. */
function readHolder(noteFile: string): LockHolder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(noteFile, 'utf8')));
  } catch {
    return undefined;
  }
}
