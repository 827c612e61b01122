/**
 * Turns a mask file into a label map that fits its image. What its values mean is decided before, for all masks of a
 * folder together (`decide-mask-reading.ts`), or here for a single file.
 * Convention: a mask of another size is an error, unless it fits the image as the file has it (before EXIF orientation),
 * or stretching was asked for; whatever was done to make it fit is returned as a note.
 */
import { decideMaskReading } from './decide-mask-reading.ts';
import { loadMask } from './load-mask.ts';
import type { MaskPlane } from './load-mask.ts';
import { applyReading, MaskError } from './mask-reading.ts';
import type { MaskInterpretation, MaskReading } from './mask-reading.ts';
import { orientPixels } from '../images/orient-pixels.ts';
import { surveyMask } from './survey-mask.ts';

export interface MaskFit {
  /** The image's size, after EXIF orientation. */
  readonly expectWidth: number;
  readonly expectHeight: number;
  /** The image's EXIF orientation. */
  readonly orientation?: number | undefined;
  /** Stretches a mask of another size, by nearest neighbor. */
  readonly resize?: boolean | undefined;
}

export type MaskFitNote =
  /** The mask was turned along with its image. */
  | 'turned'
  /** It fits both ways, because the image's orientation leaves its size as it is: taken as upright. */
  | 'orientation-unsure'
  | 'resized';

export interface LabelsOfMask {
  /** (expectHeight, expectWidth) */
  readonly labels: Uint8Array;
  readonly fit: readonly MaskFitNote[];
}

/**
 * Reads one mask file by itself.
 *
 * @throws ImageError as `decodeImage`; MaskError mask-size-mismatch, mask-value-unknown
 */
export async function readMaskFile(
  path: string,
  options: MaskFit & {
    readonly reading?: MaskReading | undefined;
    readonly interpretation?: MaskInterpretation | undefined;
    readonly invert?: boolean | undefined;
  },
): Promise<LabelsOfMask> {
  const plane = await loadMask(path);
  const reading = options.reading ?? decideMaskReading([await surveyMask(path, plane)], options).reading;
  return labelsOfPlane(plane, reading, options, path);
}

/** @throws MaskError mask-size-mismatch, mask-value-unknown */
export async function labelsOfPlane(
  plane: MaskPlane,
  reading: MaskReading,
  fit: MaskFit,
  path: string,
): Promise<LabelsOfMask> {
  const way = waysToFit(plane, fit, path);
  const labels = await applyReading(plane, reading, path);
  const flat = { width: plane.width, height: plane.height, channels: 1, data: labels };
  if (way.includes('turned')) return { labels: asBytes(orientPixels(flat, fit.orientation ?? 1).data), fit: way };
  if (way.includes('resized')) return { labels: nearest(flat, fit.expectWidth, fit.expectHeight), fit: way };
  return { labels, fit: way };
}

/**
 * Whether a mask of this size fits, and how.
 *
 * @throws MaskError mask-size-mismatch
 */
export function waysToFit(
  mask: { readonly width: number; readonly height: number },
  { expectWidth, expectHeight, orientation = 1, resize = false }: MaskFit,
  path: string,
): readonly MaskFitNote[] {
  const turns = orientation >= 5;
  if (mask.width === expectWidth && mask.height === expectHeight) {
    return orientation > 1 && (!turns || expectWidth === expectHeight) ? ['orientation-unsure'] : [];
  }
  if (turns && mask.width === expectHeight && mask.height === expectWidth) return ['turned'];
  if (resize) return ['resized'];
  throw new MaskError(
    'mask-size-mismatch',
    `${path} is ${mask.width}×${mask.height}, but its image is ${expectWidth}×${expectHeight}. ` +
      'Make a mask of the same size.',
    { path },
  );
}

function nearest(
  source: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  width: number,
  height: number,
): Uint8Array {
  const stretched = new Uint8Array(width * height);
  const columns = Int32Array.from({ length: width }, (_, x) => Math.floor(((x + 0.5) * source.width) / width));
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * source.height) / height) * source.width;
    for (let x = 0; x < width; x++) stretched[y * width + x] = source.data[row + columns[x]!]!;
  }
  return stretched;
}

function asBytes(data: Uint8Array | Uint16Array): Uint8Array {
  return data instanceof Uint8Array ? data : Uint8Array.from(data);
}
