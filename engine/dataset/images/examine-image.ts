/**
 * What an import has to know of one image file: its content's hash, its header, and that it is whole. Decodes no pixels.
 * Convention: the file is read in blocks, whatever its size.
 */
import { checkComplete } from './check-complete.ts';
import { fileError } from './file-error.ts';
import { openBytes } from './formats/byte-reader.ts';
import { sha256OfFile } from '../../hash-file.ts';
import { probeImage } from './probe-image.ts';
import type { ImageProbe } from './probe-image.ts';

/** SHA-256 of a file's bytes, 64 lower-case hexadecimal digits. @throws ImageError image-missing, image-no-access … */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  try {
    return await sha256OfFile(path, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(error, path);
  }
}

/**
 * The header of an image whose file is whole.
 *
 * @param name how to call it in messages
 * @throws ImageError image-empty, image-truncated, image-not-readable, image-not-supported, image-too-large …
 */
export async function examineImage(path: string, name: string): Promise<ImageProbe> {
  const probe = await probeImage(path, name);
  const file = await openBytes(path, name);
  try {
    await checkComplete(file, probe.format);
  } finally {
    await file.close();
  }
  return probe;
}
