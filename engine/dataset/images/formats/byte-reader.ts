/**
 * Reads bytes at positions of a file or of a buffer, so that a format's structure is walked without holding the file.
 * Convention: a read past the end is the error `image-truncated`; small reads come from one window of 256 KiB.
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { fileError } from '../file-error.ts';
import { ImageError, truncated } from '../image-error.ts';

const WINDOW_BYTES = 256 * 1024;

export interface ByteReader {
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes. @throws ImageError image-truncated */
  read(at: number, length: number): Promise<Buffer>;
  readSome(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** @throws ImageError image-missing, image-no-access, image-not-readable */
export async function openBytes(input: string | Buffer, name: string): Promise<ByteReader> {
  if (typeof input !== 'string') return bufferReader(input, name);
  try {
    const handle = await open(input, 'r');
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new ImageError('image-not-readable', `${name} is not a file.`, { path: input });
      return fileReader(handle, stats.size, name);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw fileError(error, input, name);
  }
}

/** Opens the bytes for one piece of work. @throws ImageError image-missing, image-no-access, image-not-readable */
export async function withBytes<Result>(
  input: string | Buffer,
  name: string | undefined,
  work: (file: ByteReader) => Promise<Result>,
): Promise<Result> {
  const file = await openBytes(input, name ?? (typeof input === 'string' ? input : 'the image'));
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

function bufferReader(bytes: Buffer, name: string): ByteReader {
  const readSome = (at: number, length: number): Promise<Buffer> => Promise.resolve(bytes.subarray(at, at + length));
  return {
    name,
    size: bytes.length,
    readSome,
    read: async (at, length) => {
      if (at + length > bytes.length) throw truncated(name);
      return readSome(at, length);
    },
    close: () => Promise.resolve(),
  };
}

/** The bytes at a position, fewer only at the file's end. */
export async function readUpTo(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const { bytesRead } = await handle.read(bytes, got, length - got, at + got);
    if (bytesRead === 0) break;
    got += bytesRead;
  }
  return bytes.subarray(0, got);
}

function fileReader(handle: FileHandle, size: number, name: string): ByteReader {
  let window: Buffer = Buffer.alloc(0);
  let windowAt = 0;
  const fetch = (at: number, length: number): Promise<Buffer> =>
    readUpTo(handle, at, Math.max(0, Math.min(length, size - at)));
  const readSome = async (at: number, length: number): Promise<Buffer> => {
    if (length >= WINDOW_BYTES) return fetch(at, length);
    if (at < windowAt || at + length > windowAt + window.length) {
      window = await fetch(at, WINDOW_BYTES);
      windowAt = at;
    }
    return window.subarray(at - windowAt, at - windowAt + length);
  };
  return {
    name,
    size,
    readSome,
    read: async (at, length) => {
      if (!Number.isSafeInteger(at) || at < 0 || at + length > size) throw truncated(name);
      const bytes = await readSome(at, length);
      if (bytes.length < length) throw truncated(name);
      return bytes;
    },
    close: () => handle.close(),
  };
}
