/**
 * Makes a folder with those above it. Not `mkdir` with `recursive`, which never ends where a system refuses a folder as if
 * its parent were missing (seen on /proc). Convention: a folder that is there already is fine; a file of that name is
 * not.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** @throws the file system's errors, ENOTDIR or EEXIST for a file in the way */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
