/**
 * The values of an image as its file has them: what the wand compares and the window shows. Not a picture for the
 * screen. Convention: (H, W, C) row-major; Uint8Array for 8 bits, Uint16Array for 16; 1 channel is grey, 3 are RGB.
 */
import type { Size } from './geometry.ts';

export interface ImagePixels extends Size {
  readonly channels: 1 | 3;
  readonly data: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
  /** Absent: all rows are there. */
  readonly coming?: ComingRows;
}

/** How far an image has come; it is black further down, or what its sketch shows. */
export interface ComingRows {
  /** From the top. */
  there: number;
  /** The whole image made smaller, in its own kind of values. */
  sketch: Sketch | undefined;
}

/** Pixel (x, y) is made from the image's fx … fx + f - 1, fy … fy + f - 1, more or less. */
export interface Sketch {
  readonly factor: number;
  /** (⌈H / factor⌉, ⌈W / factor⌉, C) */
  readonly data: ImagePixels['data'];
}

export function rowsThere({ height, coming }: ImagePixels): number {
  return coming?.there ?? height;
}

/** The greatest value that this kind of image can have: 255 or 65535. */
export function greatestValue(image: ImagePixels): number {
  return image.data instanceof Uint8Array ? 255 : 65535;
}

/**
 * The sketch of an image from bytes in its own kind of values.
 * @throws RangeError when there are more or fewer of them
 */
export function sketchOf({ width, height, channels, data }: ImagePixels, factor: number, bytes: Uint8Array): Sketch {
  const length = Math.ceil(width / factor) * Math.ceil(height / factor) * channels;
  if (bytes.length !== length * data.BYTES_PER_ELEMENT) {
    throw new RangeError(`${bytes.length} bytes are no sketch of this image at 1:${factor}`);
  }
  const copy = bytes.slice();
  return { factor, data: data instanceof Uint8Array ? copy : new Uint16Array(copy.buffer) };
}

/** An image whose rows come later, by `setRows`; black until then. */
export function emptyImage(size: Size, channels: 1 | 3, bits: 8 | 16): ImagePixels {
  const length = size.width * size.height * channels;
  return {
    width: size.width,
    height: size.height,
    channels,
    data: bits === 8 ? new Uint8Array(length) : new Uint16Array(length),
  };
}

/**
 * Writes a band of rows.
 * @param bytes (rows, W, C) as 'image.pixels' gives it: 8 bits, or 16 bits little-endian
 * @throws RangeError when the band is not made of whole rows or does not fit
 */
export function setRows(image: ImagePixels, top: number, bytes: Uint8Array): void {
  const rowBytes = image.width * image.channels * image.data.BYTES_PER_ELEMENT;
  const rows = bytes.length / rowBytes;
  if (!Number.isInteger(rows) || top < 0 || top + rows > image.height) {
    throw new RangeError(`${bytes.length} bytes at row ${top} are not whole rows of this image`);
  }
  // Every platform that browsers run on is little-endian.
  new Uint8Array(image.data.buffer, image.data.byteOffset, image.data.byteLength).set(bytes, top * rowBytes);
  if (image.coming !== undefined) image.coming.there = Math.max(image.coming.there, top + rows);
}
