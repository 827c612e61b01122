/** What there is to know of an image format, so that its files are found, recognized, checked and read. */
import type { Pixels, Size } from '../pixels.ts';
import type { ByteReader } from './byte-reader.ts';
import type { IndexedPixels } from './indexed-pixels.ts';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'bmp' | 'gif';

/** What a file's header says; the size is that after EXIF orientation. */
export interface ImageHeader extends Size {
  /** What decoding gives: alpha dropped, palette expanded. */
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  /** EXIF orientation 1..8; from 5 on, width and height are swapped in the file. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
  /** Pages or frames in the file; only the first is read. */
  readonly pages: number;
  /** The file's samples are palette indices, or greys of fewer than 8 bits: `readIndices` reads them. */
  readonly indexed: boolean;
  readonly colors: 'grey' | 'rgb' | 'cmyk';
}

export interface FormatRecord {
  /** As messages call it: 'WebP'. */
  readonly name: string;
  /** Endings under which such files are looked for, in lower case, with the dot. */
  readonly endings: readonly string[];
  /** @param head the file's first `SNIFF_BYTES` bytes, or the whole file when it is shorter */
  readonly matches: (head: Buffer) => boolean;
  /**
   * Checks, without decoding pixels, that the file is whole: walks its structure up to the end that the format has. Not
   * a proof that every pixel is right: a JPEG has no checksum.
   * @throws ImageError image-truncated (the end is missing), image-not-readable (damaged inside)
   */
  readonly checkComplete: (file: ByteReader) => Promise<void>;
  /** Decoding gives values near the true ones, also of masks. */
  readonly lossy: boolean;
  readonly reader?: FormatReader;
  /** What sharp would read without complaint, and wrongly. @throws ImageError image-not-supported */
  readonly refuseUnusual?: (file: ByteReader) => Promise<void>;
  /** The numbers in the file, before palette and stretching, for masks. Called where the header says `indexed`. */
  readonly readIndices?: (file: ByteReader) => Promise<IndexedPixels>;
  /** sharp makes it smaller while it decodes it, several times as fast as decoding it whole. */
  readonly shrinksWhileDecoding?: true;
}

/** Convention: values as PIL gives them, upright; nothing is allocated that the file's own length does not back. */
export interface FormatReader {
  /** @throws ImageError image-truncated, image-not-readable, image-not-supported, image-too-large */
  readonly header: (file: ByteReader) => Promise<ImageHeader>;
  readonly pixels: (file: ByteReader) => Promise<Pixels & { readonly channels: 1 | 3 }>;
}

/** Whether the bytes at a position are these. @param bytes Latin-1 */
export function hasBytes(head: Buffer, at: number, bytes: string): boolean {
  return head.toString('latin1', at, at + bytes.length) === bytes;
}
