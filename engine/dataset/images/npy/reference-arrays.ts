/**
 * The arrays that the reference's own `Prepare_your_dataset.py` writes, as names and numbers: `data_train.npy`,
 * `mask_train.npy`, the same for `val` and `test`; images (N, H, W, 3) of 0..255, masks (N, H, W) of 0..255. Reads and
 * writes none: `unpack-arrays.ts`, `export-arrays.ts`. Convention: slice i of both is the same picture.
 */
import { basename } from 'node:path';
import type { PartName } from '../../../store/types.ts';
import type { Size } from '../pixels.ts';
import { NpyError } from './npy-header.ts';
import type { NpyReader } from './npy.ts';

export const arrayParts = ['train', 'val', 'test'] as const satisfies readonly PartName[];

export const arrayNames = (part: PartName): { readonly images: string; readonly masks: string } => ({
  images: `data_${part}.npy`,
  masks: `mask_${part}.npy`,
});

/** The folder that unpacked arrays go to, beside them; their masks to `masks` in it, under the same names. */
export const unpackedFolder = 'images-from-arrays';

/** @param at from 0 */
export function unpackedName(part: PartName, at: number): string {
  return `${part}_${String(at + 1).padStart(4, '0')}.png`;
}

type Shaped = Pick<NpyReader, 'path' | 'shape'>;

export interface ArrayLayout extends Size {
  readonly count: number;
  readonly channels: 1 | 3;
}

/**
 * What is in the arrays of one part.
 * @param masks undefined: there are images only
 * @throws NpyError npy-shape-wrong
 */
export function arrayLayout(images: Shaped, masks: Shaped | undefined): ArrayLayout {
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  if (![3, 4].includes(images.shape.length) || (channels !== 1 && channels !== 3) || height * width === 0) {
    const message = `${basename(images.path)} has the shape (${images.shape.join(', ')}), images need (number, height, width, 3).`;
    throw new NpyError('npy-shape-wrong', message, { path: images.path });
  }
  const maskShape = masks?.shape.length === 4 && masks.shape[3] === 1 ? masks.shape.slice(0, 3) : masks?.shape;
  if (masks !== undefined && maskShape?.join() !== images.shape.slice(0, 3).join()) {
    const message =
      `${basename(masks.path)} has the shape (${masks.shape.join(', ')}), which does not fit the images' ` +
      `(${images.shape.join(', ')}). Write both anew from the same images.`;
    throw new NpyError('npy-shape-wrong', message, { path: masks.path });
  }
  return { count, width, height, channels };
}

/** Resizing may go a little beyond black and white. */
const OVERSHOOT = 0.1;

/**
 * What to multiply an array's values with to get 0..255. Whole numbers are 0..255 already (masks of 0 and 1, or of
 * class numbers, stay so); fractions may be 0..1.
 * @param largest of all values
 */
export function arrayScale(type: string, largest: number): 1 | 255 {
  return type.startsWith('f') && largest <= 1 + OVERSHOOT ? 255 : 1;
}

export const largestShare = 1 + OVERSHOOT;

/**
 * Values as bytes, rounded.
 * @param name of the array, for messages
 * @throws NpyError npy-values-wrong: values that are not 0..255
 */
export function bytesOfArray(values: ArrayLike<number>, scale: 1 | 255, name: string): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let at = 0; at < bytes.length; at++) {
    const value = values[at]! * scale;
    if (!(value >= -255 * OVERSHOOT && value <= 255 * (1 + OVERSHOOT))) {
      const message = `${name} holds the value ${values[at]}; the arrays of images and masks hold 0 to 255, or 0 to 1. Save it again.`;
      throw new NpyError('npy-values-wrong', message, { path: name });
    }
    bytes[at] = Math.min(255, Math.max(0, Math.round(value)));
  }
  return bytes;
}
