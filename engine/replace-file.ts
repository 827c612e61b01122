/**
 * Replaces a whole file so that it is the old one or the new one at any moment, also after a power cut, and the pieces of
 * it that `write-atomically.ts` needs for larger files. Every layer may import this file.
 * Convention: temporary file beside it, fsync, rename, fsync of the folder; errors are Node's own, with nothing left behind.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Temporary files are called `.NAME.PID-N.mambrush-tmp` and may be deleted when their process is gone. */
export const temporaryEnding = '.mambrush-tmp';
let counter = 0;

/** A name beside `path` that nobody else uses. */
export function temporaryBeside(path: string): string {
  counter++;
  // Names have 255 bytes at most, and a Chinese character takes three.
  const start = basename(path).slice(0, 40).toWellFormed();
  return join(dirname(path), `.${start}.${process.pid}-${counter}${temporaryEnding}`);
}

/** @throws NodeJS.ErrnoException (ENOSPC, EACCES, EROFS …); the file that was there before is then unchanged */
export function replaceFile(path: string, content: Uint8Array | string): void {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const temporary = temporaryBeside(path);
  try {
    const file = openSync(temporary, 'wx');
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolderNow(dirname(path));
}

/**
 * Makes a rename in the folder last through a power cut, where the system lets one: Windows has no such call, and some
 * network drives refuse it; the rename itself is whole either way.
 */
export function syncFolderNow(folder: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch {
    // No such call here.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The same, asynchronously. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
