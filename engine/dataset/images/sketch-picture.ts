/**
 * An image made much smaller, at once: what is shown of a large one until its own pixels are there. Not for computing with,
 * nor for recognising images by (`thumbnail.ts`). Convention: the image's own kind of values, upright, of just the size that
 * is asked for.
 */
import type { Sharp } from 'sharp';
import type { DecodedImage } from './decode-image.ts';
import type { Pixels } from './pixels.ts';
import { openPipeline } from './sharp-pipeline.ts';

export interface SketchShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
}

/** Of a file that sharp makes smaller while it decodes it (`shrinksWhileDecoding`). */
export function sketchFile(path: string, shape: SketchShape): Promise<Pixels> {
  return take(openPipeline(path).autoOrient(), shape);
}

/** Of pixels that are there. */
export function sketchPixels({ data, ...raw }: DecodedImage, shape: SketchShape): Promise<Pixels> {
  const { width, height, channels } = raw;
  return take(openPipeline(data, { raw: { width, height, channels } }), shape);
}

async function take(source: Sharp, { width, height, channels, bits }: SketchShape): Promise<Pixels> {
  const space = { 8: { 1: 'b-w', 3: 'srgb' }, 16: { 1: 'grey16', 3: 'rgb16' } } as const;
  const data = await source
    .removeAlpha()
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .toColourspace(space[bits][channels])
    .raw({ depth: bits === 16 ? 'ushort' : 'uchar' })
    .toBuffer();
  const values =
    bits === 16 ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : new Uint8Array(data);
  return { width, height, channels, data: values };
}
