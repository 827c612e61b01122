/**
 * How prepared samples lie on the disk: the names of a cache's files, the layout of a record and of the index. Opens
 * nothing for writing. Convention: a pack is only appended to, a record never changes, and the index, replaced as a whole,
 * says which records count; what it does not name does not exist.
 *
 * Record, little-endian: header of 128 bytes, pixels (H, W, C) u8, labels (H, W, K) u8. Header: 0 magic 'MBSAMPLE',
 * 8 image id f64, 16 label revision f64, 24 CRC-32 of pixels and labels u32, 28 minimum u8, 29 maximum u8,
 * 32 SHA-256 of the image file, 124 CRC-32 of the header's first 124 bytes u32; the rest is 0.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Size } from '../images/pixels.ts';

/** What all samples of a cache have in common. */
export interface SampleSpec {
  readonly size: Size;
  readonly channels: 1 | 3;
  /** K. */
  readonly classes: number;
}

export interface RecordHeader {
  readonly imageId: number;
  readonly labelRevision: number;
  readonly contentCrc: number;
  readonly min: number;
  readonly max: number;
  /** 64 hexadecimal digits. */
  readonly hash: string;
}

export const headerBytes = 128;
const magic = Buffer.from('MBSAMPLE', 'latin1');
const indexFormat = 1;

export const pixelBytes = (spec: SampleSpec): number => spec.size.width * spec.size.height * spec.channels;
export const labelBytes = (spec: SampleSpec): number => spec.size.width * spec.size.height * spec.classes;
export const recordBytes = (spec: SampleSpec): number => headerBytes + pixelBytes(spec) + labelBytes(spec);

const stem = ({ size, channels, classes }: SampleSpec): string =>
  `samples-${size.width}x${size.height}-c${channels}-k${classes}`;
export const indexPath = (folder: string, spec: SampleSpec): string => join(folder, `${stem(spec)}.json`);
/** Left by a reader that met a damaged record: the next preparation checks them all. */
export const damagePath = (folder: string, spec: SampleSpec): string => join(folder, `${stem(spec)}.damaged`);
/** Compaction makes the next generation, so that readers of this one are not disturbed. */
export const packName = (spec: SampleSpec, generation: number): string => `${stem(spec)}.${generation}.bin`;
/** The generation of a pack of this cache, undefined for any other file. */
export function generationOf(spec: SampleSpec, name: string): number | undefined {
  const match = /^\.([0-9]+)\.bin$/.exec(name.startsWith(stem(spec)) ? name.slice(stem(spec).length) : '');
  return match === null ? undefined : Number(match[1]);
}

export function encodeHeader(header: RecordHeader): Buffer {
  const bytes = Buffer.alloc(headerBytes);
  magic.copy(bytes, 0);
  bytes.writeDoubleLE(header.imageId, 8);
  bytes.writeDoubleLE(header.labelRevision, 16);
  bytes.writeUInt32LE(header.contentCrc, 24);
  bytes[28] = header.min;
  bytes[29] = header.max;
  bytes.write(header.hash, 32, 32, 'hex');
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 124)), 124);
  return bytes;
}

/** Undefined when these bytes are no whole header. */
export function decodeHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < headerBytes || magic.compare(bytes, 0, magic.length) !== 0) return undefined;
  if (bytes.readUInt32LE(124) !== crc32(bytes.subarray(0, 124))) return undefined;
  return {
    imageId: bytes.readDoubleLE(8),
    labelRevision: bytes.readDoubleLE(16),
    contentCrc: bytes.readUInt32LE(24),
    min: bytes[28]!,
    max: bytes[29]!,
    hash: bytes.toString('hex', 32, 64),
  };
}

/** CRC-32 of a sample's pixels followed by its labels. */
export const contentCrc = (pixels: Uint8Array, labels: Uint8Array): number => crc32(labels, crc32(pixels));

const indexSchema = z.object({
  format: z.literal(indexFormat),
  generation: z.number().int().nonnegative(),
  /** By slot: image id, SHA-256 of its file, revision of its labels. Null: the record does not count any more. */
  records: z.array(z.tuple([z.number(), z.string().regex(/^[0-9a-f]{64}$/), z.number()]).nullable()),
});

export type SampleIndex = z.infer<typeof indexSchema>;
export const emptyIndex: SampleIndex = { format: indexFormat, generation: 1, records: [] };

/** Undefined when there is none. @throws SyntaxError or ZodError when it is not one */
export function readIndex(folder: string, spec: SampleSpec): SampleIndex | undefined {
  let text: string;
  try {
    text = readFileSync(indexPath(folder, spec), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return indexSchema.parse(JSON.parse(text));
}
