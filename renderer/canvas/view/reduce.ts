/**
 * An image and its classes made smaller by a whole factor, for the overview of images too large for one texture. Not a
 * resampler for anything that is kept.
 * Convention: factor f makes pixel (x, y) of the overview from pixels fx … fx + f - 1, fy … fy + f - 1, less at the right
 * and lower edge: the mean of the image's, the middle one of the classes.
 */
import type { Area, Size } from '../geometry.ts';
import type { ImagePixels } from '../image-pixels.ts';

/** One class index per pixel, (H, W): labels, or a layer. */
export interface ClassMap extends Size {
  readonly pixels: Uint8Array;
}

function reducedSize(size: Size, factor: number): Size {
  return { width: Math.ceil(size.width / factor), height: Math.ceil(size.height / factor) };
}

/** Rows top … bottom - 1 of the overview. */
export function reduceImage(image: ImagePixels, factor: number, top: number, bottom: number): ImagePixels['data'] {
  const { data, channels } = image;
  const { width } = reducedSize(image, factor);
  const length = width * (bottom - top) * channels;
  const reduced = data instanceof Uint8Array ? new Uint8Array(length) : new Uint16Array(length);
  const sums = new Float64Array(width * channels);
  for (let y = top; y < bottom; y++) {
    sums.fill(0);
    const end = Math.min((y + 1) * factor, image.height);
    for (let row = y * factor; row < end; row++) addRow(data, row * image.width * channels, image, factor, sums);
    for (let i = 0; i < sums.length; i++) {
      const x = Math.floor(i / channels);
      const columns = Math.min(factor, image.width - x * factor);
      reduced[(y - top) * sums.length + i] = Math.round(sums[i]! / (columns * (end - y * factor)));
    }
  }
  return reduced;
}

/** A row of the image, added to the sums of the overview's row; three channels, the most, in registers of their own. */
function addRow(
  data: ImagePixels['data'],
  start: number,
  { width, channels }: Pick<ImagePixels, 'width' | 'channels'>,
  factor: number,
  sums: Float64Array,
): void {
  for (let x = 0, at = start, target = 0; x < width; x += factor, target += channels) {
    const end = at + Math.min(factor, width - x) * channels;
    let first = 0;
    let second = 0;
    let third = 0;
    if (channels === 1) {
      while (at < end) first += data[at++]!;
      sums[target]! += first;
      continue;
    }
    for (; at < end; at += 3) {
      first += data[at]!;
      second += data[at + 1]!;
      third += data[at + 2]!;
    }
    sums[target]! += first;
    sums[target + 1]! += second;
    sums[target + 2]! += third;
  }
}

/** The overview's pixels that an area of the image has a part in. */
export function reducedArea(area: Area, factor: number): Area {
  return {
    left: Math.floor(area.left / factor),
    top: Math.floor(area.top / factor),
    right: Math.ceil(area.right / factor),
    bottom: Math.ceil(area.bottom / factor),
  };
}

/** An area of the overview, row by row. */
export function reduceClasses(map: ClassMap, factor: number, area: Area): Uint8Array {
  const width = area.right - area.left;
  const reduced = new Uint8Array(width * (area.bottom - area.top));
  const middle = factor >> 1;
  for (let y = area.top, to = 0; y < area.bottom; y++) {
    const row = Math.min(y * factor + middle, map.height - 1) * map.width;
    for (let x = area.left; x < area.right; x++) {
      reduced[to++] = map.pixels[row + Math.min(x * factor + middle, map.width - 1)]!;
    }
  }
  return reduced;
}
