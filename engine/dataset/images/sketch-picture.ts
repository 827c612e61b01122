/**
 * An image made much smaller, at once: what is shown of a large one until its own pixels are there. Convention: the
 * image's own kind of values, upright, of just the size that is asked for.
 */
import type { Sharp } from 'sharp';
import type { DecodedImage } from './decode-image.ts';
import type { Pixels } from './pixels.ts';
import { colorspaceOf, openPipeline, rawPixels } from './sharp-pipeline.ts';

type SketchShape = Pick<DecodedImage, 'width' | 'height' | 'channels' | 'bits'>;

/** Of a file that sharp makes smaller while it decodes it (`shrinksWhileDecoding`). */
export function sketchFile(path: string, shape: SketchShape): Promise<Pixels> {
  return take(openPipeline(path).autoOrient(), shape);
}

export function sketchPixels({ data, ...raw }: DecodedImage, shape: SketchShape): Promise<Pixels> {
  const { width, height, channels } = raw;
  return take(openPipeline(data, { raw: { width, height, channels } }), shape);
}

function take(source: Sharp, { width, height, channels, bits }: SketchShape): Promise<Pixels> {
  const small = source.removeAlpha().resize(width, height, { fit: 'fill', kernel: 'linear' });
  return rawPixels(small.toColourspace(colorspaceOf(channels, bits)), bits);
}
