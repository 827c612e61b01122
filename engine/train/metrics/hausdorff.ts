/**
 * The 95 % Hausdorff distance between two masks, in pixels: how far apart their outlines are, without the worst 5 %. Only
 * in the plane, with square pixels.
 *
 * Definition, as MONAI, DeepMind's surface-distance and Metrics Reloaded (Maier-Hein and Reinke et al. 2024) have it: for
 * every outline pixel of one mask the distance to the nearest of the other, the 95th percentile of these in each
 * direction (interpolated linearly), and the larger of the two. Not MedPy's variant, which takes the percentile of both
 * directions' distances together. Outline: pixels of the mask with a 4-neighbor that is outside it or outside the image.
 */
import { distancesTo } from './distance-transform.ts';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest box with all pixels of the class in either map. */
function boxOf(maps: readonly Uint8Array[], index: number, width: number, height: number): Box | undefined {
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0; y < height; y++) {
    for (const map of maps) {
      const row = map.subarray(y * width, (y + 1) * width);
      const first = row.indexOf(index);
      if (first < 0) continue;
      left = Math.min(left, first);
      right = Math.max(right, row.lastIndexOf(index));
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return bottom < 0 ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * 1 for outline pixels, (box.height, box.width). A neighbor that the truth leaves unlabelled says nothing: it neither
 * makes an outline, nor can it be one.
 */
function outlineOf(
  map: Uint8Array,
  truth: Uint8Array,
  index: number,
  { left, top, width, height }: Box,
  imageWidth: number,
  imageHeight: number,
): Uint8Array {
  const outline = new Uint8Array(width * height);
  const isOther = (at: number): boolean => map[at] !== index && truth[at] !== 255;
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) {
      const at = y * imageWidth + x;
      if (map[at] !== index || truth[at] === 255) continue;
      const onEdge =
        x === 0 ||
        y === 0 ||
        x === imageWidth - 1 ||
        y === imageHeight - 1 ||
        isOther(at - 1) ||
        isOther(at + 1) ||
        isOther(at - imageWidth) ||
        isOther(at + imageWidth);
      if (onEdge) outline[(y - top) * width + x - left] = 1;
    }
  }
  return outline;
}

/** The percentile of sorted values, interpolated linearly between neighbors as NumPy does. */
export function percentile(sorted: Float64Array, percent: number): number {
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/**
 * @param predicted class indices (height, width)
 * @param truth class indices (height, width), 255 where unlabelled: such pixels count in neither mask
 * @param index the class
 * @returns pixels; undefined when either mask has no outline
 */
export function hausdorffDistance(
  predicted: Uint8Array,
  truth: Uint8Array,
  size: { readonly width: number; readonly height: number },
  index = 1,
): number | undefined {
  const { width, height } = size;
  // Distances between outlines need nothing outside the box, and masks are mostly small in their image.
  const box = boxOf([predicted, truth], index, width, height);
  if (box === undefined) return undefined;
  const predictedOutline = outlineOf(predicted, truth, index, box, width, height);
  const trueOutline = outlineOf(truth, truth, index, box, width, height);
  if (!predictedOutline.includes(1) || !trueOutline.includes(1)) return undefined;
  const toTruth = distancesTo(trueOutline, box, predictedOutline).sort();
  const toPrediction = distancesTo(predictedOutline, box, trueOutline).sort();
  return Math.max(percentile(toTruth, 95), percentile(toPrediction, 95));
}
