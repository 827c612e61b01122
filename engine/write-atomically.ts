/**
 * Writes a file piece by piece so that its name always stands for a whole one; what is in memory, `replaceFile` writes.
 * Convention: a path that is a temporary name (`temporaryBeside`) is written as it is: the caller renames it.
 */
import { open, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder, temporaryBeside, temporaryEnding } from './replace-file.ts';

/** Deletes what processes that were killed left half written in a folder. Nothing, where there is no such folder. */
export async function sweepTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const [, pid] = /^\..*\.(\d+)-\d+\.mambrush-tmp$/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * @param write fills the temporary file; when it throws, nothing is left behind and the old file stays
 * @param beforeRename runs when the new file is whole and on the disk, but does not have its name yet
 */
export async function writeAtomically(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  beforeRename?: (temporary: string) => Promise<void>,
): Promise<void> {
  const isTemporary = path.endsWith(temporaryEnding);
  const temporary = isTemporary ? path : temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      await write(file);
      await file.sync();
    } finally {
      await file.close();
    }
    await beforeRename?.(temporary);
    if (!isTemporary) await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  if (!isTemporary) await syncFolder(dirname(path));
}

/** Writes all of `bytes` at `position`, however many calls the system needs for it. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position: number | null = null): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const at = position === null ? null : position + written;
    written += (await file.write(bytes, written, bytes.length - written, at)).bytesWritten;
  }
}
