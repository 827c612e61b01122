/**
 * Pixels as numbers of palette entries, as PNG and BMP files with a palette hold them; and their colors.
 * Convention: an index without a palette entry counts as black, as PIL and libpng have it.
 */
import type { Size } from '../pixels.ts';

export interface IndexedPixels extends Size {
  readonly kind: 'indexed';
  readonly bits: number;
  /** (height, width), one index each. */
  readonly indices: Uint8Array;
  /** False: the indices are greys, and the palette is empty. */
  readonly hasPalette: boolean;
  /** (n, 3) red, green, blue, n ≤ 256. */
  readonly palette: Uint8Array;
}

/** Whether the palette only says what the index says: entry i is the grey i, stretched to 0..255. */
export function isGreyRamp(palette: Uint8Array, bits: number): boolean {
  const last = (1 << bits) - 1;
  // PIL takes 1-bit and 8-bit ramps for greys and everything else for a palette.
  if ((bits !== 1 && bits !== 8) || palette.length !== (last + 1) * 3) return false;
  return palette.every((value, at) => value === (Math.floor(at / 3) * 255) / last);
}

/** @returns (height, width, 3), or (height, width, 1) for a ramp of greys */
export function expandPalette(image: IndexedPixels): { readonly channels: 1 | 3; readonly data: Uint8Array } {
  const { indices, palette } = image;
  const table = new Uint8Array(256 * 3);
  table.set(palette);
  if (isGreyRamp(palette, image.bits)) return { channels: 1, data: indices.map((index) => table[index * 3]!) };
  const data = new Uint8Array(indices.length * 3);
  for (let i = 0, at = 0; i < indices.length; i++) {
    const entry = indices[i]! * 3;
    for (let c = 0; c < 3; c++) data[at++] = table[entry + c]!;
  }
  return { channels: 3, data };
}
