/**
 * The SHA-256 of a file. Knows no kinds of files. Convention: read in blocks, none larger than the file: thousands of small
 * files at a stream's block size were most of the memory that a prediction went through.
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { fileError } from './file-error.ts';

const blockBytes = 1 << 20;

/** @returns 64 lower-case hexadecimal digits @throws the file system's errors; the signal's reason when aborted */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const block = Buffer.allocUnsafe(Math.min(Math.max(size, 1), blockBytes));
    for (let bytesRead = -1; bytesRead !== 0;) {
      signal?.throwIfAborted();
      ({ bytesRead } = await file.read(block, 0, block.length, null));
      hash.update(block.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** The same with errors that name the file. @throws ImageError image-missing, image-no-access … */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  try {
    return await sha256OfFile(path, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw fileError(error, path);
  }
}
