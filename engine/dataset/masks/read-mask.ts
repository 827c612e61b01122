/**
 * Turns a mask into a label map that fits its image. Convention: a mask of another size is an error, unless it fits the
 * image as the file has it (before EXIF orientation); whatever was done to make it fit is returned as a note.
 */
import type { MaskPlane } from './load-mask.ts';
import { applyReading, MaskError } from './mask-reading.ts';
import type { MaskReading } from './mask-reading.ts';
import { orientPixels } from '../images/orient-pixels.ts';
import type { Size } from '../images/pixels.ts';

/** The image's size after EXIF orientation, and that orientation. */
export interface ImageToFit extends Size {
  readonly orientation?: number | undefined;
}

export type MaskFitNote =
  /** The mask was turned along with its image. */
  | 'turned'
  /** It fits both ways, because the image's orientation leaves its size as it is: taken as upright. */
  | 'orientation-unsure';

export interface LabelsOfMask {
  /** Of the image (height, width). */
  readonly labels: Uint8Array;
  readonly fit: readonly MaskFitNote[];
}

/** @throws MaskError mask-size-mismatch, mask-value-unknown */
export async function labelsOfPlane(
  plane: MaskPlane,
  reading: MaskReading,
  image: ImageToFit,
  path: string,
): Promise<LabelsOfMask> {
  const way = waysToFit(plane, image, path);
  const labels = await applyReading(plane, reading, path);
  if (!way.includes('turned')) return { labels, fit: way };
  const flat = { width: plane.width, height: plane.height, channels: 1, data: labels };
  return { labels: Uint8Array.from(orientPixels(flat, image.orientation ?? 1).data), fit: way };
}

/** Whether a mask of this size fits, and how. @throws MaskError mask-size-mismatch */
export function waysToFit(
  mask: Size,
  { width, height, orientation = 1 }: ImageToFit,
  path: string,
): readonly MaskFitNote[] {
  const turns = orientation >= 5;
  if (mask.width === width && mask.height === height) {
    return orientation > 1 && (!turns || width === height) ? ['orientation-unsure'] : [];
  }
  if (turns && mask.width === height && mask.height === width) return ['turned'];
  const sizes = `${mask.width}×${mask.height}, but its image is ${width}×${height}`;
  throw new MaskError('mask-size-mismatch', `${path} is ${sizes}. Make a mask of the same size.`, { path });
}
