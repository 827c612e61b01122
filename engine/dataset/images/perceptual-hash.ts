/**
 * What an image looks like, in 64 bits and a thumbnail: to find copies that were saved, scaled or exposed anew. Not a
 * checksum (that is the store's SHA-256), and blind to crops of more than about two percent.
 * Convention: the bits are the signs of the 8×8 lowest cosine terms of the grey 32×32 image against their median (pHash,
 * as in Zauner 2010), row by row, first bit highest; the thumbnail is the same grey image at 16×16, stretched.
 */
import { decodeResized } from './decode-resized.ts';
import type { Pixels } from './pixels.ts';
import { resizePixels } from './resize-image.ts';

const SIDE = 32;
const TERMS = 8;
const THUMBNAIL_SIDE = 16;

/** A grey image whose values deviate by less than this (of 255) has no features to compare. */
const FEATURELESS_DEVIATION = 1;

export interface Fingerprint {
  /** 64 bits as 16 hexadecimal digits. */
  readonly hash: string;
  /** Grey (16, 16), stretched to 0..255. */
  readonly thumbnail: Uint8Array;
}

/** cos((2x + 1) u π / 64) for u < 8, x < 32: the rows of the discrete cosine transform that are needed. */
const COSINES = Float64Array.from({ length: TERMS * SIDE }, (_, index) => {
  const u = Math.floor(index / SIDE);
  return Math.cos(((2 * (index % SIDE) + 1) * u * Math.PI) / (2 * SIDE));
});

/** (32, 32) grey in 0..255: luma of ITU-R BT.601; 16 bits are stretched from minimum to maximum. */
function greyThirtyTwo(pixels: Pixels): Float64Array {
  const small = pixels.width === SIDE && pixels.height === SIDE ? pixels.data : resizePixels(pixels, SIDE, SIDE);
  const grey = new Float64Array(SIDE * SIDE);
  for (let at = 0; at < grey.length; at++) {
    const first = at * pixels.channels;
    const [red = 0, green = 0, blue = 0] = small.subarray(first, first + pixels.channels);
    grey[at] = pixels.channels === 1 ? red : 0.299 * red + 0.587 * green + 0.114 * blue;
  }
  if (small instanceof Uint16Array) {
    const [low, high] = [Math.min(...grey), Math.max(...grey)];
    const scale = high > low ? 255 / (high - low) : 0;
    for (let at = 0; at < grey.length; at++) grey[at] = (grey[at]! - low) * scale;
  }
  return grey;
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

/** The (8, 8) lowest terms of the two-dimensional DCT-II. Scale per row and column left out: only order and sign matter. */
function lowCosineTerms(grey: Float64Array): Float64Array {
  const rows = new Float64Array(SIDE * TERMS);
  for (let y = 0; y < SIDE; y++) {
    for (let u = 0; u < TERMS; u++) {
      let sum = 0;
      for (let x = 0; x < SIDE; x++) sum += grey[y * SIDE + x]! * COSINES[u * SIDE + x]!;
      rows[y * TERMS + u] = u === 0 ? sum * Math.SQRT1_2 : sum;
    }
  }
  const terms = new Float64Array(TERMS * TERMS);
  for (let v = 0; v < TERMS; v++) {
    for (let u = 0; u < TERMS; u++) {
      let sum = 0;
      for (let y = 0; y < SIDE; y++) sum += rows[y * TERMS + u]! * COSINES[v * SIDE + y]!;
      terms[v * TERMS + u] = v === 0 ? sum * Math.SQRT1_2 : sum;
    }
  }
  return terms;
}

/** Means of 2×2, stretched from minimum to maximum so that a dark image keeps its steps. */
function thumbnailOf(grey: Float64Array): Uint8Array {
  const means = Float64Array.from({ length: THUMBNAIL_SIDE * THUMBNAIL_SIDE }, (_, index) => {
    const at = 2 * Math.floor(index / THUMBNAIL_SIDE) * SIDE + 2 * (index % THUMBNAIL_SIDE);
    return (grey[at]! + grey[at + 1]! + grey[at + SIDE]! + grey[at + SIDE + 1]!) / 4;
  });
  const low = Math.min(...means);
  const scale = 255 / Math.max(Math.max(...means) - low, 1e-9);
  return Uint8Array.from(means, (mean) => Math.round((mean - low) * scale));
}

/**
 * @param pixels (H, W, 1 or 3), 8 or 16 bits, any size
 * @returns undefined for an image without features (all pixels nearly alike), which resembles every other such image
 */
export function fingerprintOf(pixels: Pixels): Fingerprint | undefined {
  const grey = greyThirtyTwo(pixels);
  if (deviation(grey) < FEATURELESS_DEVIATION) return undefined;
  const terms = lowCosineTerms(grey);
  // The first term is the mean brightness, which says nothing about what is seen, so it is not part of the median.
  const sorted = Float64Array.from(terms.subarray(1)).sort();
  const median = sorted[(sorted.length - 1) / 2]!;
  let hash = '';
  for (let digit = 0; digit < terms.length; digit += 4) {
    let value = 0;
    for (let bit = 0; bit < 4; bit++) value = value * 2 + (terms[digit + bit]! > median ? 1 : 0);
    hash += value.toString(16);
  }
  return { hash, thumbnail: thumbnailOf(grey) };
}

/** Decodes and fingerprints one image file. @throws ImageError as `decode-image.ts` does */
export async function fingerprintImage(path: string): Promise<Fingerprint | undefined> {
  return fingerprintOf(await decodeResized(path, SIDE, SIDE));
}
