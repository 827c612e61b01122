/** Turns an error of the file system into a named one. Leaves errors alone that already are for people. */
import { MambrushError } from '../../contract/error.ts';
import { ImageError } from './image-error.ts';

export function fileError(error: unknown, path: string, name: string = path): Error {
  if (error instanceof MambrushError) return error;
  const options = { path, cause: error };
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ImageError('image-missing', `${name} is not there. Check the name, or put the file back.`, options);
    case 'EACCES':
    case 'EPERM':
      return new ImageError('image-no-access', `${name} may not be read. Give yourself the right to read it.`, options);
    case 'EISDIR':
      return new ImageError('image-not-readable', `${name} is a folder, not an image.`, options);
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new ImageError('image-not-readable', `${name} cannot be read: ${reason}.`, options);
    }
  }
}
