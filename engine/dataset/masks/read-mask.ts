/**
 * Turns a mask into a label map that fits its image. What its values mean is decided before, for all masks of a folder
 * together (`decide-mask-reading.ts`). Convention: a mask of another size is an error, unless it fits the image as the file
 * has it (before EXIF orientation); whatever was done to make it fit is returned as a note.
 */
import type { MaskPlane } from './load-mask.ts';
import { applyReading, MaskError } from './mask-reading.ts';
import type { MaskReading } from './mask-reading.ts';
import { orientPixels } from '../images/orient-pixels.ts';

export interface MaskFit {
  /** The image's size, after EXIF orientation. */
  readonly expectWidth: number;
  readonly expectHeight: number;
  /** The image's EXIF orientation. */
  readonly orientation?: number | undefined;
}

export type MaskFitNote =
  /** The mask was turned along with its image. */
  | 'turned'
  /** It fits both ways, because the image's orientation leaves its size as it is: taken as upright. */
  | 'orientation-unsure';

export interface LabelsOfMask {
  /** (expectHeight, expectWidth) */
  readonly labels: Uint8Array;
  readonly fit: readonly MaskFitNote[];
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
  return { labels, fit: way };
}

/**
 * Whether a mask of this size fits, and how.
 *
 * @throws MaskError mask-size-mismatch
 */
export function waysToFit(
  mask: { readonly width: number; readonly height: number },
  { expectWidth, expectHeight, orientation = 1 }: MaskFit,
  path: string,
): readonly MaskFitNote[] {
  const turns = orientation >= 5;
  if (mask.width === expectWidth && mask.height === expectHeight) {
    return orientation > 1 && (!turns || expectWidth === expectHeight) ? ['orientation-unsure'] : [];
  }
  if (turns && mask.width === expectHeight && mask.height === expectWidth) return ['turned'];
  throw new MaskError(
    'mask-size-mismatch',
    `${path} is ${mask.width}×${mask.height}, but its image is ${expectWidth}×${expectHeight}. ` +
      'Make a mask of the same size.',
    { path },
  );
}

function asBytes(data: Uint8Array | Uint16Array): Uint8Array {
  return data instanceof Uint8Array ? data : Uint8Array.from(data);
}
