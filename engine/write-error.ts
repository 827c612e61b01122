/**
 * What can go wrong when a file is written: the system's codes become named errors that say what was kept. Not for reading
 * (`file-error.ts`). Convention: an error that already is for people passes unchanged.
 */
import { MambrushError } from './contract/error.ts';

export class WriteError extends MambrushError {}

/**
 * @param path the file or folder that was to be written
 * @param kept what has not been lost and what happens next, as a sentence
 */
export function writeError(error: unknown, path: string, kept: string): Error {
  if (error instanceof MambrushError) return error;
  const named = (code: string, what: string): WriteError =>
    new WriteError(code, `${what} ${kept}`, { path, cause: error });
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOSPC':
    case 'EDQUOT':
      return named('disk-full', `The disk is full: ${path} cannot be written. Free some space.`);
    case 'EFBIG':
      return named('disk-full', `${path} grows beyond what this disk allows. Use another disk.`);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return named(
        'folder-not-writable',
        `${path} may not be written. Choose another folder, or give yourself the right to write there.`,
      );
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return named(
        'folder-missing',
        `${path} cannot be written, because its folder is not there or is a file. Choose another folder.`,
      );
    default:
      return named(
        'not-written',
        `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      );
  }
}
