/**
 * Reads a PNG's samples as numbers: palette indices (color type 3) and greys of 1, 2, 4 or 8 bits (type 0), interlaced or
 * not. Why our own: every decoder at hand expands palettes and stretches greys, but in a mask the number is the class.
 * Not for pictures; 16-bit and color PNGs go to sharp. Convention: PNG specification, third edition; checksums checked.
 */
import { pipeline } from 'node:stream/promises';
import { createInflate } from 'node:zlib';
import { damaged, ImageError, truncated } from '../image-error.ts';
import { MAX_PIXELS } from '../pixels.ts';
import type { ByteReader } from './byte-reader.ts';
import { readPngChunks } from './png-chunks.ts';
import type { PngChunk } from './png-chunks.ts';
import type { IndexedPixels } from './indexed-pixels.ts';

/** Deflate cannot pack more than this many bytes into one. */
const BEST_RATIO = 1032;
const BLOCK_BYTES = 1 << 18;
const MOST_SURPLUS = 1 << 16;

/** Adam7: first column, first row, column step, row step of each pass. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Rows of one pass: where they start in the picture, and how far apart their pixels lie. */
interface Pass {
  readonly fromX: number;
  readonly fromY: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly rows: number;
  readonly rowBytes: number;
}

interface PassLayout {
  readonly width: number;
  readonly bits: number;
  readonly passes: readonly Pass[];
}

/** @throws ImageError image-truncated, image-not-readable, image-not-supported, image-too-large */
export async function readPngIndices(file: ByteReader): Promise<IndexedPixels> {
  const { header, palette, data } = await readPngChunks(file);
  const { width, height, bits, colorType, interlaced } = header;
  if ((colorType !== 3 && colorType !== 0) || bits > 8) {
    throw new ImageError('image-not-supported', `${file.name} has no palette and no greys of up to 8 bits.`);
  }
  if (width * height > MAX_PIXELS) {
    throw new ImageError('image-too-large', `${file.name} has ${width}×${height} pixels; the limit is ${MAX_PIXELS}.`);
  }
  const passes = (interlaced ? PASSES : ([[0, 0, 1, 1]] as const))
    .map(([fromX, fromY, stepX, stepY]): Pass => {
      const passWidth = Math.ceil((width - fromX) / stepX);
      const rows = Math.ceil((height - fromY) / stepY);
      return { fromX, fromY, stepX, stepY, width: passWidth, rows, rowBytes: Math.ceil((passWidth * bits) / 8) };
    })
    .filter((pass) => pass.width > 0 && pass.rows > 0);
  const expected = passes.reduce((sum, pass) => sum + pass.rows * (pass.rowBytes + 1), 0);
  const packed = data.reduce((sum, part) => sum + part.length, 0);
  if (expected > packed * BEST_RATIO) throw truncated(file.name);

  const indices = new Uint8Array(width * height);
  await unpackRows(file, { width, bits, passes }, data, indices);
  return { kind: 'indexed', width, height, bits, indices, palette, hasPalette: colorType === 3 };
}

/** Takes the unpacked bytes in pieces of any size and puts whole rows into place. */
function rowTaker(
  file: ByteReader,
  image: PassLayout,
  indices: Uint8Array,
): { readonly take: (chunk: Uint8Array) => void; readonly complete: () => boolean } {
  const passes = image.passes.values();
  let pass = passes.next().value;
  let y = 0;
  let row = new Uint8Array((pass?.rowBytes ?? 0) + 1);
  let above = new Uint8Array(row.length);
  let filled = 0;
  let surplus = 0;
  const take = (chunk: Uint8Array): void => {
    let at = 0;
    while (at < chunk.length && pass) {
      const part = chunk.subarray(at, at + row.length - filled);
      row.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < row.length) return;
      filled = 0;
      if (!undoFilter(row, above)) throw damaged(file.name, `unknown row filter ${row[0]}`);
      scatter(row, pass, y, image, indices);
      [row, above] = [above, row];
      if (++y < pass.rows) continue;
      pass = passes.next().value;
      y = 0;
      row = new Uint8Array((pass?.rowBytes ?? 0) + 1);
      above = new Uint8Array(row.length);
    }
    surplus += chunk.length - at;
    if (surplus > MOST_SURPLUS) throw damaged(file.name, 'more data than its size needs');
  };
  return { take, complete: () => pass === undefined };
}

async function unpackRows(
  file: ByteReader,
  image: PassLayout,
  data: readonly PngChunk[],
  indices: Uint8Array,
): Promise<void> {
  const rows = rowTaker(file, image, indices);
  try {
    await pipeline(packedBytes(file, data), createInflate({ chunkSize: 64 * 1024 }), async (unpacked) => {
      for await (const chunk of unpacked) rows.take(chunk as Buffer);
    });
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const short = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR';
    if (!short) throw damaged(file.name, 'its compressed data', error);
  }
  if (!rows.complete()) throw truncated(file.name);
}

async function* packedBytes(file: ByteReader, data: readonly PngChunk[]): AsyncGenerator<Buffer> {
  for (const part of data) {
    for (let done = 0; done < part.length; done += BLOCK_BYTES) {
      yield await file.read(part.at + done, Math.min(BLOCK_BYTES, part.length - done));
    }
  }
}

/** Undoes the filter of a row in place (one byte per pixel at most). @returns false for an unknown filter */
function undoFilter(row: Uint8Array, above: Uint8Array): boolean {
  const filter = row[0]!;
  if (filter > 4) return false;
  for (let i = 1; i < row.length && filter > 0; i++) {
    const left = i > 1 ? row[i - 1]! : 0;
    const up = above[i]!;
    let guess = 0;
    if (filter === 1) guess = left;
    else if (filter === 2) guess = up;
    else if (filter === 3) guess = (left + up) >> 1;
    else guess = paeth(left, up, i > 1 ? above[i - 1]! : 0);
    row[i] = row[i]! + guess;
  }
  return true;
}

function paeth(left: number, up: number, upLeft: number): number {
  const toLeft = Math.abs(up - upLeft);
  const toUp = Math.abs(left - upLeft);
  const toUpLeft = Math.abs(left + up - 2 * upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}

function scatter(row: Uint8Array, pass: Pass, y: number, { width, bits }: PassLayout, indices: Uint8Array): void {
  const mask = (1 << bits) - 1;
  let out = (pass.fromY + y * pass.stepY) * width + pass.fromX;
  for (let x = 0; x < pass.width; x++, out += pass.stepX) {
    const bit = x * bits;
    indices[out] = (row[1 + (bit >> 3)]! >> (8 - bits - (bit & 7))) & mask;
  }
}
