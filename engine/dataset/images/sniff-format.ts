/**
 * Tells from a file's first bytes what it is, whatever its name says. Decodes nothing.
 * Convention: only the six formats of `ImageFormat` are handed on to a decoder; everything else gets described in words,
 * so that the person learns what lies in their folder.
 */
import { BMP_HEADER_BYTES } from './formats/bmp.ts';

export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'bmp' | 'gif';

/** Endings under which images are looked for, in lower case, and the format they promise. */
export const IMAGE_ENDINGS: ReadonlyMap<string, ImageFormat> = new Map([
  ['.png', 'png'],
  ['.jpg', 'jpeg'],
  ['.jpeg', 'jpeg'],
  ['.jpe', 'jpeg'],
  ['.jfif', 'jpeg'],
  ['.webp', 'webp'],
  ['.tif', 'tiff'],
  ['.tiff', 'tiff'],
  ['.bmp', 'bmp'],
  ['.dib', 'bmp'],
  ['.gif', 'gif'],
]);

/** @param ending with its dot, in any case */
export function isImageEnding(ending: string): boolean {
  return IMAGE_ENDINGS.has(ending.toLowerCase());
}

/** How many bytes `sniffFormat` wants to see. */
export const SNIFF_BYTES = 512;

export type Sniffed =
  | { readonly format: ImageFormat }
  | { readonly format: undefined; /** What it is instead: 'a PDF document'. */ readonly what: string };

interface Signature {
  readonly at: number;
  /** Latin-1. */
  readonly bytes: string;
}

const IMAGES: readonly (Signature & { readonly format: ImageFormat })[] = [
  { at: 0, bytes: '\x89PNG\r\n\x1a\n', format: 'png' },
  { at: 0, bytes: '\xff\xd8\xff', format: 'jpeg' },
  { at: 0, bytes: 'GIF87a', format: 'gif' },
  { at: 0, bytes: 'GIF89a', format: 'gif' },
  { at: 0, bytes: 'II*\0', format: 'tiff' },
  { at: 0, bytes: 'MM\0*', format: 'tiff' },
  { at: 0, bytes: 'II+\0', format: 'tiff' },
  { at: 0, bytes: 'MM\0+', format: 'tiff' },
];

const OTHERS: readonly (Signature & { readonly what: string })[] = [
  {
    at: 0,
    bytes: 'version https://git-lfs',
    what: 'a Git LFS pointer (the image itself was not fetched: git lfs pull)',
  },
  { at: 4, bytes: 'ftypavif', what: 'an AVIF image' },
  { at: 4, bytes: 'ftyphei', what: 'a HEIC photo' },
  { at: 4, bytes: 'ftypmif1', what: 'a HEIC photo' },
  { at: 4, bytes: 'ftyp', what: 'a film' },
  { at: 0, bytes: '%PDF', what: 'a PDF document' },
  { at: 0, bytes: 'PK\x03\x04', what: 'a ZIP archive' },
  { at: 0, bytes: '\x1f\x8b', what: 'gzip-compressed data' },
  { at: 128, bytes: 'DICM', what: 'a DICOM file' },
  { at: 344, bytes: 'n+1\0', what: 'a NIfTI volume' },
  { at: 0, bytes: '\x93NUMPY', what: 'a NumPy array' },
  { at: 0, bytes: '\x89HDF', what: 'an HDF5 file' },
  { at: 0, bytes: '8BPS', what: 'a Photoshop document' },
  { at: 0, bytes: '\0\0\0\x0cjP  ', what: 'a JPEG 2000 image' },
  { at: 0, bytes: '\xff\x4f\xff\x51', what: 'a JPEG 2000 image' },
  { at: 0, bytes: '\0\0\0\x0cJXL ', what: 'a JPEG XL image' },
  { at: 0, bytes: '\xff\x0a', what: 'a JPEG XL image' },
  { at: 0, bytes: 'v/1\x01', what: 'an OpenEXR image' },
  { at: 0, bytes: 'SQLite format 3', what: 'a database' },
];

/**
 * @param head the file's first `SNIFF_BYTES` bytes, or the whole file when it is shorter; not empty
 */
export function sniffFormat(head: Buffer): Sniffed {
  const has = ({ at, bytes }: Signature): boolean => head.toString('latin1', at, at + bytes.length) === bytes;
  const image = IMAGES.find(has);
  if (image) return { format: image.format };
  if (has({ at: 0, bytes: 'RIFF' })) {
    return has({ at: 8, bytes: 'WEBP' })
      ? { format: 'webp' }
      : { format: undefined, what: 'a RIFF file (sound or film)' };
  }
  if (has({ at: 0, bytes: 'BM' }) && looksLikeBmp(head)) return { format: 'bmp' };
  const other = OTHERS.find(has);
  return { format: undefined, what: other?.what ?? describeUnknown(head) };
}

function looksLikeBmp(head: Buffer): boolean {
  return head.length >= 26 && BMP_HEADER_BYTES.includes(head.readUInt32LE(14));
}

function describeUnknown(head: Buffer): string {
  if (head.every((byte) => byte === 0)) return 'nothing but zero bytes (an interrupted copy or download?)';
  const text = head.toString('utf8').replace(/^\ufeff/, '');
  // A multi-byte character may be cut at the end of what was read; that one replacement character says nothing.
  if (/^(?:[^\p{Cc}\ufffd]|[\t\n\r\f])+\ufffd?$/u.test(text)) {
    if (/<svg[\s>]/i.test(text)) return 'an SVG drawing';
    if (/<html[\s>]|<!doctype html/i.test(text)) return 'a web page';
    const words = text.trim().replace(/\s+/g, ' ');
    return `text (“${words.length > 40 ? `${words.slice(0, 40)}…` : words}”)`;
  }
  return 'data of an unknown kind';
}
