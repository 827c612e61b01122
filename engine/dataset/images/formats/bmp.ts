/**
 * Reads BMP files: 1 to 32 bits, bit fields, RLE4 and RLE8, bottom-up and top-down. Why our own: libvips as sharp ships
 * it has no BMP, and the packages on npm expand palettes (a mask's class indices would be lost) and trust the sizes in
 * the header. Convention: values as PIL gives them; nothing is allocated that the file's own length does not back.
 */
import { ImageError, truncated } from '../image-error.ts';
import { MAX_PIXELS } from '../pixels.ts';
import type { Pixels, Size } from '../pixels.ts';
import type { ByteReader } from './byte-reader.ts';
import { decodeRle } from './bmp-rle.ts';
import { hasBytes } from './image-format.ts';
import type { FormatRecord, ImageHeader } from './image-format.ts';
import { expandPalette, isGreyRamp } from './indexed-pixels.ts';
import type { IndexedPixels } from './indexed-pixels.ts';

export const bmp: FormatRecord = {
  name: 'BMP',
  endings: ['.bmp', '.dib'],
  matches: (head) => hasBytes(head, 0, 'BM') && head.length >= 26 && HEADER_BYTES.includes(head.readUInt32LE(14)),
  checkComplete: async (file) => {
    const header = await readBmpHeader(file);
    if (header.pixelsAt + header.pixelBytes > file.size) throw truncated(file.name);
  },
  lossy: false,
  reader: { header: describeHeader, pixels: decodePixels },
  readIndices: readBmpIndices,
};

interface BmpHeader extends Size {
  readonly topDown: boolean;
  readonly bits: 1 | 4 | 8 | 16 | 24 | 32;
  readonly compression: 'none' | 'rle4' | 'rle8' | 'fields';
  /** Red, green, blue masks of 16- and 32-bit pixels. */
  readonly fields: readonly [number, number, number];
  readonly palette: Uint8Array;
  readonly pixelsAt: number;
  /** For run-length coded data: what is left of the file. */
  readonly pixelBytes: number;
}

interface ColorPixels extends Pixels {
  readonly kind: 'color';
  readonly channels: 3;
}

const COMPRESSIONS: Readonly<Record<number, BmpHeader['compression']>> = {
  0: 'none',
  1: 'rle8',
  2: 'rle4',
  3: 'fields',
  6: 'fields',
};
/** The lengths that a header may have (OS/2 1 and 2, Windows 3 to 5). */
const HEADER_BYTES: readonly number[] = [12, 40, 52, 56, 64, 108, 124];
const FIELDS_555 = [0x7c00, 0x03e0, 0x001f] as const;
const FIELDS_888 = [0xff0000, 0x00ff00, 0x0000ff] as const;

/** One byte of run-length coding stands for at most this many pixels (255 in two bytes). */
const MOST_PIXELS_PER_RLE_BYTE = 128;
const BAND_BYTES = 4 << 20;

/** @throws ImageError image-truncated, image-not-readable, image-not-supported, image-too-large */
async function readBmpHeader(file: ByteReader): Promise<BmpHeader> {
  const refuse = (what: string): ImageError =>
    new ImageError('image-not-supported', `${file.name} is a BMP with ${what}. Save it again as PNG.`, {
      path: file.name,
    });
  const start = await file.read(0, 18);
  const headerBytes = start.readUInt32LE(14);
  if (!HEADER_BYTES.includes(headerBytes)) throw refuse(`a header of ${headerBytes} bytes`);
  const header = await file.read(14, headerBytes);
  const old = headerBytes === 12;
  const width = old ? header.readUInt16LE(4) : header.readInt32LE(4);
  const signedHeight = old ? header.readUInt16LE(6) : header.readInt32LE(8);
  const bits = header.readUInt16LE(old ? 10 : 14);
  const compression = COMPRESSIONS[old ? 0 : header.readUInt32LE(16)];
  const height = Math.abs(signedHeight);
  if (width <= 0 || height === 0) throw refuse(`a size of ${width}×${signedHeight}`);
  if (width * height > MAX_PIXELS) {
    const message = `${file.name} says it has ${width}×${height} pixels; the limit is ${MAX_PIXELS}.`;
    throw new ImageError('image-too-large', message);
  }
  if (bits !== 1 && bits !== 4 && bits !== 8 && bits !== 16 && bits !== 24 && bits !== 32) throw refuse(`${bits} bits`);
  if (compression === undefined) throw refuse(`compression ${header.readUInt32LE(16)}`);
  const fits =
    compression === 'none' ||
    (compression === 'fields' && (bits === 16 || bits === 32)) ||
    (compression === 'rle8' && bits === 8) ||
    (compression === 'rle4' && bits === 4);
  if (!fits) throw refuse(`compression “${compression}” of ${bits} bits`);

  const pixelsAt = start.readUInt32LE(10);
  const fieldsInside = headerBytes >= 52;
  const afterHeader = 14 + headerBytes;
  let fields: BmpHeader['fields'] = bits === 16 ? FIELDS_555 : FIELDS_888;
  if (compression === 'fields') {
    const bytes = await file.read(fieldsInside ? 54 : afterHeader, 12);
    fields = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
  }
  const entry = old ? 3 : 4;
  const used = old ? 0 : header.length >= 36 ? header.readUInt32LE(32) : 0;
  const room = Math.floor((pixelsAt - afterHeader) / entry);
  const colors = bits > 8 ? 0 : Math.max(0, Math.min(used === 0 ? 1 << bits : used, 1 << bits, room));
  const table = await file.read(afterHeader, colors * entry);
  const palette = new Uint8Array(colors * 3);
  for (let i = 0; i < colors; i++) {
    for (let c = 0; c < 3; c++) palette[i * 3 + c] = table[i * entry + 2 - c]!;
  }
  if (bits <= 8 && colors === 0) throw refuse('no palette');
  const runLength = compression === 'rle4' || compression === 'rle8';
  const pixelBytes = runLength ? file.size - pixelsAt : rowBytesOf(width, bits) * height;
  return { width, height, topDown: signedHeight < 0, bits, compression, fields, palette, pixelsAt, pixelBytes };
}

function rowBytesOf(width: number, bits: number): number {
  return Math.ceil((width * bits) / 32) * 4;
}

async function describeHeader(file: ByteReader): Promise<ImageHeader> {
  const { width, height, bits, palette } = await readBmpHeader(file);
  // One channel when the palette is the ramp of greys, as in PIL.
  const channels = bits <= 8 && isGreyRamp(palette, bits) ? 1 : 3;
  const colors = channels === 1 ? 'grey' : 'rgb';
  return { width, height, channels, bits: 8, orientation: 1, hasAlpha: false, pages: 1, indexed: bits <= 8, colors };
}

async function decodePixels(file: ByteReader): Promise<Pixels & { readonly channels: 1 | 3 }> {
  const image = await readBmp(file);
  const { width, height } = image;
  return image.kind === 'color' ? image : { width, height, ...expandPalette(image) };
}

async function readBmpIndices(file: ByteReader): Promise<IndexedPixels> {
  const image = await readBmp(file);
  if (image.kind === 'indexed') return image;
  throw new ImageError('image-not-supported', `${file.name} has no palette.`, { path: file.name });
}

/** @throws ImageError image-truncated, image-not-readable, image-not-supported, image-too-large */
export async function readBmp(file: ByteReader): Promise<IndexedPixels | ColorPixels> {
  const header = await readBmpHeader(file);
  const { width, height, bits, palette } = header;
  if (header.pixelsAt + header.pixelBytes > file.size || header.pixelBytes < 0) throw truncated(file.name);
  if (header.compression === 'rle4' || header.compression === 'rle8') {
    if (width * height > header.pixelBytes * MOST_PIXELS_PER_RLE_BYTE) throw truncated(file.name);
    const indices = decodeRle(await file.read(header.pixelsAt, header.pixelBytes), header, file.name);
    return { kind: 'indexed', width, height, bits, indices, hasPalette: true, palette };
  }
  const rowBytes = rowBytesOf(width, bits);
  const data = new Uint8Array(width * height * (bits <= 8 ? 1 : 3));
  const rowsPerBand = Math.max(1, Math.floor(BAND_BYTES / rowBytes));
  const unpack = rowUnpacker(header);
  for (let row = 0; row < height; row += rowsPerBand) {
    const rows = Math.min(rowsPerBand, height - row);
    const band = await file.read(header.pixelsAt + row * rowBytes, rows * rowBytes);
    for (let i = 0; i < rows; i++) {
      const y = header.topDown ? row + i : height - 1 - row - i;
      unpack(band.subarray(i * rowBytes, (i + 1) * rowBytes), data, y * width * (bits <= 8 ? 1 : 3));
    }
  }
  return bits <= 8
    ? { kind: 'indexed', width, height, bits, indices: data, hasPalette: true, palette }
    : { kind: 'color', width, height, channels: 3, data };
}

function rowUnpacker({ width, bits, fields }: BmpHeader): (row: Buffer, data: Uint8Array, at: number) => void {
  if (bits <= 8) {
    const perByte = 8 / bits;
    const mask = (1 << bits) - 1;
    return (row, data, at) => {
      for (let x = 0; x < width; x++) {
        data[at + x] = (row[Math.floor(x / perByte)]! >> (8 - bits - (x % perByte) * bits)) & mask;
      }
    };
  }
  if (bits === 24) {
    return (row, data, at) => {
      for (let x = 0; x < width * 3; x += 3) {
        data[at + x] = row[x + 2]!;
        data[at + x + 1] = row[x + 1]!;
        data[at + x + 2] = row[x]!;
      }
    };
  }
  const shifts = fields.map((mask) => (mask === 0 ? 0 : 31 - Math.clz32(mask & -mask)));
  const largest = fields.map((mask, c) => Math.max(1, mask >>> shifts[c]!));
  return (row, data, at) => {
    for (let x = 0; x < width; x++) {
      const pixel = bits === 16 ? row.readUInt16LE(x * 2) : row.readUInt32LE(x * 4);
      for (let c = 0; c < 3; c++) {
        const value = (pixel & fields[c]!) >>> shifts[c]!;
        data[at + x * 3 + c] = Math.floor((value * 255) / largest[c]!);
      }
    }
  };
}
