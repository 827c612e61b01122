/**
 * Undoes the run-length coding of 4- and 8-bit BMP files (BI_RLE4, BI_RLE8). Convention: pixels that the coding skips are
 * index 0; runs past the edge of a row or of the picture are cut off, as every viewer does.
 */
import { truncated } from '../image-error.ts';
import type { Size } from '../pixels.ts';

/** @param coded the file's coded pixels @returns palette indices (height, width), top row first */
export function decodeRle(
  coded: Buffer,
  image: Size & { readonly topDown: boolean; readonly compression: string },
  name: string,
): Uint8Array {
  const { width, height } = image;
  const four = image.compression === 'rle4';
  const indices = new Uint8Array(width * height);
  let x = 0;
  let line = 0;
  const put = (index: number): void => {
    if (x < width && line < height) indices[(image.topDown ? line : height - 1 - line) * width + x] = index;
    x++;
  };
  let at = 0;
  const next = (): number => {
    const byte = coded[at++];
    if (byte === undefined) throw truncated(name);
    return byte;
  };
  while (line < height) {
    // Some writers leave out the last end-of-line.
    if (at >= coded.length && line === height - 1 && x >= width) break;
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(four ? (i % 2 === 0 ? value >> 4 : value & 15) : value);
    } else if (value === 0) {
      x = 0;
      line++;
    } else if (value === 1) {
      break;
    } else if (value === 2) {
      x += next();
      line += next();
    } else {
      let pair = 0;
      for (let i = 0; i < value; i++) {
        if (!four || i % 2 === 0) pair = next();
        put(four ? (i % 2 === 0 ? pair >> 4 : pair & 15) : pair);
      }
      const bytes = four ? Math.ceil(value / 2) : value;
      if (bytes % 2 === 1) next();
    }
  }
  return indices;
}
