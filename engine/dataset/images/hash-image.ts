/** A file's hash, with errors that name the file. */
import { sha256OfFile } from '../../hash-file.ts';
import { fileError } from './file-error.ts';

/** SHA-256 of a file's bytes, 64 lower-case hexadecimal digits. @throws ImageError image-missing, image-no-access … */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  try {
    return await sha256OfFile(path, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(error, path);
  }
}
