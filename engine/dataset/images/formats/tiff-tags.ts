/**
 * Reads the first directory of a TIFF or BigTIFF file: what its samples are and where its data lies. Decodes no pixels
 * (libtiff does). Convention: numbers as TIFF 6.0 names them; absent tags are undefined, nothing is guessed.
 */
import { ImageError } from '../image-error.ts';
import type { ByteReader } from './byte-reader.ts';

export interface TiffTags {
  readonly bitsPerSample: readonly number[];
  readonly compression: number | undefined;
  readonly photometric: number | undefined;
  readonly samplesPerPixel: number | undefined;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly sampleFormat: number | undefined;
  /** Where the last value ends that does not fit into the directory itself. */
  readonly valuesEnd: number;
  readonly dataOffsets: readonly number[];
  readonly dataLengths: readonly number[];
}

/** Bytes per value by type number 1..18; 0 where there is no such type. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const WHOLE_NUMBERS = [1, 3, 4, 13, 16, 18];

/** More strips than this do not occur: one per row of the tallest picture is far below. */
const MOST_VALUES = 4_000_000;

/** @throws ImageError image-truncated, image-not-readable */
export async function readTiffTags(file: ByteReader): Promise<TiffTags> {
  const head = await file.read(0, 16);
  const little = head[0] === 0x49;
  const number = (bytes: Buffer, at: number, size: number): number => {
    if (size === 1) return bytes.readUInt8(at);
    if (size === 2) return little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
    if (size === 4) return little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
    return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  };
  const big = number(head, 2, 2) === 43;
  const word = big ? 8 : 4;
  const directory = number(head, big ? 8 : 4, word);
  const entries = number(await file.read(directory, big ? 8 : 2), 0, big ? 8 : 2);
  if (entries === 0 || entries > 4096) {
    throw new ImageError('image-not-readable', `${file.name} is a damaged TIFF file. Replace it by a whole copy.`);
  }
  const entryBytes = big ? 20 : 12;
  const table = await file.read(directory + (big ? 8 : 2), entries * entryBytes);

  const values = async (tag: number): Promise<number[]> => {
    for (let entry = 0; entry < table.length; entry += entryBytes) {
      if (number(table, entry, 2) !== tag) continue;
      const type = number(table, entry + 2, 2);
      const size = TYPE_BYTES[type] ?? 0;
      const count = number(table, entry + 4, word);
      if (!WHOLE_NUMBERS.includes(type) || count > MOST_VALUES) return [];
      const at = entry + 4 + word;
      const inline = size * count <= word;
      const bytes = inline ? table.subarray(at, at + word) : await file.read(number(table, at, word), size * count);
      return Array.from({ length: count }, (_, i) => number(bytes, i * size, size));
    }
    return [];
  };
  let valuesEnd = directory;
  for (let entry = 0; entry < table.length; entry += entryBytes) {
    const bytes = (TYPE_BYTES[number(table, entry + 2, 2)] ?? 0) * number(table, entry + 4, word);
    if (bytes > word) valuesEnd = Math.max(valuesEnd, number(table, entry + 4 + word, word) + bytes);
  }
  const offsets = await values(273);
  return {
    bitsPerSample: await values(258),
    compression: (await values(259))[0],
    photometric: (await values(262))[0],
    samplesPerPixel: (await values(277))[0],
    sampleFormat: (await values(339))[0],
    valuesEnd,
    dataOffsets: offsets.length > 0 ? offsets : await values(324),
    dataLengths: offsets.length > 0 ? await values(279) : await values(325),
  };
}
