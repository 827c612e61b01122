/**
 * Recognizes by a file's first bytes what it is, whatever its name says. Convention: what is no image that is read is
 * described in words, so that people learn what lies in their folder.
 */
import { formatNames, imageFormats } from './formats/formats.ts';
import { hasBytes } from './formats/image-format.ts';
import type { ImageFormat } from './formats/image-format.ts';

export const SNIFF_BYTES = 512;

export type Sniffed =
  | { readonly format: ImageFormat }
  | { readonly format: undefined; /** What it is instead: 'a PDF document'. */ readonly what: string };

/** What is no image that is read, by bytes at a position (Latin-1); the first that fits. */
const OTHERS: readonly { readonly at: number; readonly bytes: string; readonly what: string }[] = [
  {
    at: 0,
    bytes: 'version https://git-lfs',
    what: 'a Git LFS pointer (the image itself was not fetched: git lfs pull)',
  },
  { at: 0, bytes: 'RIFF', what: 'a RIFF file (sound or film)' },
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

/** @param head the file's first `SNIFF_BYTES` bytes, or the whole file when it is shorter; not empty */
export function sniffFormat(head: Buffer): Sniffed {
  const format = formatNames.find((name) => imageFormats[name].matches(head));
  if (format !== undefined) return { format };
  const other = OTHERS.find(({ at, bytes }) => hasBytes(head, at, bytes));
  return { format, what: other?.what ?? describeUnknown(head) };
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
