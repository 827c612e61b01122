/**
 * The bytes of a file, read where they are asked for, so that a large file costs only what is used of it. Not a stream.
 * Convention: a range outside the file is damage, never a short answer.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import { damaged } from './pth-error.ts';

export interface ByteSource {
  readonly size: number;
  /** @throws MambrushError 'checkpoint-damaged' outside the file */
  readonly read: (begin: number, length: number) => Buffer;
}

export function unreadable(path: string, cause: unknown): MambrushError {
  return new MambrushError(
    'checkpoint-unreadable',
    `Cannot read '${basename(path)}' (${(cause as Error).message}). Check that the file exists and may be read.`,
    { path, cause },
  );
}

function bytesOf(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    read: (begin, length) => {
      requireInside(begin, length, bytes.length);
      return bytes.subarray(begin, begin + length);
    },
  };
}

function requireInside(begin: number, length: number, size: number): void {
  if (begin < 0 || length < 0 || !Number.isSafeInteger(begin + length) || begin + length > size) {
    damaged(`it has ${String(size)} bytes and speaks of byte ${String(begin + length)}`);
  }
}

/** Up to here a file is read at once: a checkpoint has hundreds of small parts. */
const smallFile = 16_000_000;

/** Opens a file for as long as `use` runs. @throws NodeJS.ErrnoException when it cannot be read */
export function withBytes<T>(path: string, use: (source: ByteSource) => T): T {
  // Before it is opened: opening a pipe would wait for somebody to write.
  if (!statSync(path).isFile()) throw new Error('it is no file');
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const read = (begin: number, length: number): Buffer => {
      requireInside(begin, length, size);
      const bytes = Buffer.alloc(length);
      for (let done = 0; done < length;) {
        const count = readSync(file, bytes, done, length - done, begin + done);
        if (count === 0) throw new Error('it became shorter while it was read');
        done += count;
      }
      return bytes;
    };
    return use(size <= smallFile ? bytesOf(read(0, size)) : { size, read });
  } finally {
    closeSync(file);
  }
}
