/**
 * Walks the chunks of a PNG file (PNG specification, sections 5 and 11). Convention: checksums of critical chunks are
 * checked; an error there is `image-not-readable`, a missing end `image-truncated`.
 */
import { crc32 } from 'node:zlib';
import { damaged } from '../image-error.ts';
import type { Size } from '../pixels.ts';
import type { ByteReader } from './byte-reader.ts';

const BLOCK_BYTES = 1 << 20;

export interface PngChunk {
  readonly type: string;
  readonly at: number;
  readonly length: number;
}

interface PngHeader extends Size {
  readonly bits: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colorType: number;
  readonly interlaced: boolean;
}

/** The chunks up to IEND. @throws ImageError image-truncated, image-not-readable */
export async function walkPngChunks(file: ByteReader): Promise<PngChunk[]> {
  const chunks: PngChunk[] = [];
  for (let at = 8; ;) {
    const head = await file.read(at, 8);
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4, 8);
    if (!/^[A-Za-z]{4}$/.test(type)) throw damaged(file.name, `no PNG chunk at byte ${at}`);
    let checksum = crc32(head.subarray(4, 8));
    for (let done = 0; done < length; done += BLOCK_BYTES) {
      checksum = crc32(await file.read(at + 8 + done, Math.min(BLOCK_BYTES, length - done)), checksum);
    }
    const stored = (await file.read(at + 8 + length, 4)).readUInt32BE(0);
    // Chunks in lower case are ancillary (texts, times): decoders overlook an error there.
    if (stored !== checksum && type[0]! <= 'Z') throw damaged(file.name, `wrong checksum of ${type} at byte ${at}`);
    chunks.push({ type, at: at + 8, length });
    if (type === 'IEND') return chunks;
    at += 12 + length;
  }
}

/** @throws ImageError image-truncated, image-not-readable */
export async function readPngChunks(
  file: ByteReader,
): Promise<{ readonly header: PngHeader; readonly palette: Uint8Array; readonly data: readonly PngChunk[] }> {
  const chunks = await walkPngChunks(file);
  const first = chunks[0];
  if (first?.type !== 'IHDR' || first.length !== 13) throw damaged(file.name, 'no PNG header');
  const bytes = await file.read(first.at, 13);
  const [bits = 0, colorType = 0, compression = 0, filter = 0, interlace = 0] = bytes.subarray(8);
  const width = bytes.readUInt32BE(0);
  const height = bytes.readUInt32BE(4);
  const sane =
    width > 0 && height > 0 && [1, 2, 4, 8, 16].includes(bits) && compression + filter === 0 && interlace < 2;
  if (!sane) throw damaged(file.name, 'its header');
  const table = chunks.find(({ type }) => type === 'PLTE');
  if (table && (table.length > 768 || table.length % 3 !== 0)) throw damaged(file.name, 'its palette');
  return {
    header: { width, height, bits, colorType, interlaced: interlace === 1 },
    palette: table ? new Uint8Array(await file.read(table.at, table.length)) : new Uint8Array(0),
    data: chunks.filter(({ type }) => type === 'IDAT'),
  };
}
