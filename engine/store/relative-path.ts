/**
 * Paths as the project keeps them: relative to its folder, POSIX slashes, spelled as the file system spells them.
 * Not a path library. Convention: a path that passes here cannot leave the folder, on any system.
 */
import { isAbsolute, join, relative, sep } from 'node:path';
import { StoreRefusal } from './errors.ts';

/** What is wrong with the path, in words; undefined when it is fine. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (path.includes('\0')) return 'it has a NUL character in it';
  if (!path.isWellFormed()) return 'it is not valid Unicode';
  // A POSIX name may hold a backslash or begin like a drive, but on Windows it would then point elsewhere.
  if (path.includes('\\')) return 'it has a backslash in it; rename the file, or write folders with /';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'it is absolute, not relative to the project folder';
  const parts = path.split('/');
  if (parts.includes('..')) return 'it leads out of the project folder';
  if (parts.includes('') || parts.includes('.')) return 'it has an empty or . part in it';
  if (parts[0] === '.mambrush') return "it lies in Mambrush's own folder .mambrush";
  return undefined;
}

/** Errors: `image-path-invalid`. */
export function checkImagePath(path: string): void {
  const fault = pathFault(path);
  if (fault === undefined) return;
  throw new StoreRefusal('image-path-invalid', `${JSON.stringify(path)} cannot be the path of an image: ${fault}.`, {
    path,
  });
}

/** The absolute path of a file of the project. Errors: `image-path-invalid`. */
export function fileInFolder(folder: string, path: string): string {
  checkImagePath(path);
  return join(folder, ...path.split('/'));
}

/** The other way round, for files that Mambrush wrote itself: undefined when the file is not inside the folder. */
export function pathInFolder(folder: string, file: string): string | undefined {
  const inside = isAbsolute(file) ? relative(folder, file) : file;
  if (isAbsolute(inside)) return undefined;
  const path = inside.split(sep).join('/');
  const fault = pathFault(path.replace(/^\.mambrush\//, ''));
  return fault === undefined ? path : undefined;
}
