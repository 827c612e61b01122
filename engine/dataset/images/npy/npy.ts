/**
 * Reads and writes NumPy .npy files in slices, so that an array may be larger than memory. No pickles, no records.
 * Convention: a slice is along the first axis and comes in C order, whatever the order in the file; values in the nearest
 * JavaScript array (bool as Uint8Array of 0 and 1, float16 as Float32Array, 64-bit integers as Float64Array).
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import {
  bytesPerValue,
  formatNpyHeader,
  locateNpyHeader,
  NPY_PREFIX_BYTES,
  NpyError,
  parseNpyHeader,
  productOf,
  truncated,
} from './npy-header.ts';
import type { NpyHeader, NpyType } from './npy-header.ts';
import { decodeNpyValues, encodeNpyValues } from './npy-values.ts';
import type { NpyValues } from './npy-values.ts';
import { writeAtomically, writeFully } from '../../../write-atomically.ts';
import { readUpTo } from '../formats/byte-reader.ts';

export interface NpyReader {
  readonly path: string;
  readonly type: NpyType;
  readonly shape: readonly number[];
  /** Values in one slice: the product of all sizes but the first. */
  readonly sliceSize: number;
  /**
   * Slices `first` to `first + count` along the first axis, in C order.
   * @throws NpyError npy-truncated, npy-too-large
   */
  slices(first: number, count?: number): Promise<NpyValues>;
  close(): Promise<void>;
}

const MOST_BYTES_AT_ONCE = 1 << 30;
const FORTRAN_BLOCK_BYTES = 8 << 20;

/**
 * Opens an array and checks that the file is as long as its header says.
 * @throws NpyError npy-missing, npy-no-access, npy-not-readable, npy-truncated, npy-not-supported
 */
export async function openNpy(path: string): Promise<NpyReader> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw openError(path, cause);
  });
  try {
    const prefix = await readUpTo(file, 0, NPY_PREFIX_BYTES);
    const { at, length } = locateNpyHeader(prefix, path);
    const text = (await readAt(file, at, length, path)).toString('utf8');
    const header = parseNpyHeader(text, at + length, path);
    const dataBytes = productOf(header.shape) * bytesPerValue(header.type);
    if ((await file.stat()).size < header.dataAt + dataBytes) throw truncated(path);
    return reader(file, path, header);
  } catch (error) {
    await file.close();
    throw error instanceof NpyError ? error : openError(path, error);
  }
}

function openError(path: string, cause: unknown): NpyError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const options = { path, cause };
  if (code === 'ENOENT') return new NpyError('npy-missing', `${path} is not there. Check the name.`, options);
  if (code === 'EACCES' || code === 'EPERM') {
    return new NpyError('npy-no-access', `${path} may not be read. Give yourself the right to read it.`, options);
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NpyError('npy-not-readable', `${path} cannot be read: ${reason}.`, options);
}

async function readAt(file: FileHandle, at: number, length: number, path: string): Promise<Buffer> {
  const bytes = await readUpTo(file, at, length);
  if (bytes.length < length) throw truncated(path);
  return bytes;
}

function reader(file: FileHandle, path: string, header: NpyHeader): NpyReader {
  const { shape, type, dataAt } = header;
  const rows = shape[0] ?? 1;
  const sliceSize = productOf(shape.slice(1));
  const width = bytesPerValue(type);
  const slices = async (first: number, count = 1): Promise<NpyValues> => {
    if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 0 || first + count > rows) {
      throw new RangeError(`slices ${first} to ${first + count} of ${rows} in ${path}`);
    }
    const bytes = count * sliceSize * width;
    if (bytes > MOST_BYTES_AT_ONCE) {
      const message = `${path} has slices of ${sliceSize * width} bytes; that is too large to read.`;
      throw new NpyError('npy-too-large', message, { path });
    }
    const values = header.fortran
      ? await gatherFortran(file, path, header, first, count)
      : await readAt(file, dataAt + first * sliceSize * width, bytes, path);
    return decodeNpyValues(values, type, header.bigEndian);
  };
  return { path, type, shape, sliceSize, slices, close: () => file.close() };
}

/**
 * In Fortran order the values of one slice lie `rows` apart, over the whole file: reads it once in blocks and picks them
 * out. Costs a whole pass per request, so ask for many slices at a time.
 */
async function gatherFortran(
  file: FileHandle,
  path: string,
  { shape, type, dataAt }: NpyHeader,
  first: number,
  count: number,
): Promise<Buffer> {
  const width = bytesPerValue(type);
  const rows = shape[0] ?? 1;
  const rest = shape.slice(1);
  const sliceSize = productOf(rest);
  const gathered = Buffer.alloc(count * sliceSize * width);
  const columnBytes = rows * width;
  const perBlock = Math.max(1, Math.floor(FORTRAN_BLOCK_BYTES / Math.max(1, columnBytes)));
  for (let from = 0; from < sliceSize && count > 0; from += perBlock) {
    const columns = Math.min(perBlock, sliceSize - from);
    const block = await readAt(file, dataAt + from * columnBytes, columns * columnBytes, path);
    for (let column = 0; column < columns; column++) {
      const to = cOrderOf(from + column, rest);
      for (let i = 0; i < count; i++) {
        const at = column * columnBytes + (first + i) * width;
        block.copy(gathered, (i * sliceSize + to) * width, at, at + width);
      }
    }
  }
  return gathered;
}

/** The position in C order of the value at `position` in Fortran order. */
function cOrderOf(position: number, shape: readonly number[]): number {
  let index = 0;
  let stride = productOf(shape);
  for (const size of shape) {
    stride /= size;
    index += (position % size) * stride;
    position = Math.floor(position / size);
  }
  return index;
}

/** A whole array at once: for small ones. @throws NpyError */
export async function readNpy(
  path: string,
): Promise<Pick<NpyReader, 'type' | 'shape'> & { readonly values: NpyValues }> {
  const array = await openNpy(path);
  try {
    return { type: array.type, shape: array.shape, values: await array.slices(0, array.shape[0] ?? 1) };
  } finally {
    await array.close();
  }
}

/**
 * Writes an array (C order, little-endian) piece by piece; the file has its name only when it is whole.
 * @param fill hands over the values in order through `append`; NumPy's type decides how they are stored. When it
 *   returns a number, the array has so many slices, and not as many as `shape` says
 * @throws Error when the pieces are not as many values as the shape says
 */
export async function writeNpyInPieces(
  path: string,
  { type, shape }: { readonly type: NpyType; readonly shape: readonly number[] },
  fill: (append: (values: ArrayLike<number>) => Promise<void>) => Promise<unknown>,
): Promise<void> {
  await writeAtomically(path, async (file) => {
    const header = formatNpyHeader(type, shape);
    await writeFully(file, header);
    let written = 0;
    const slices = await fill(async (values) => {
      written += values.length;
      await writeFully(file, encodeNpyValues(values, type));
    });
    const final = typeof slices === 'number' ? [slices, ...shape.slice(1)] : shape;
    if (written !== productOf(final)) throw new Error(`${path}: ${written} values for shape (${final.join(', ')})`);
    if (final !== shape) await writeFully(file, formatNpyHeader(type, final, header.length), 0);
  });
}

export async function writeNpy(
  path: string,
  type: NpyType,
  shape: readonly number[],
  values: ArrayLike<number>,
): Promise<void> {
  await writeNpyInPieces(path, { type, shape }, (append) => append(values));
}
