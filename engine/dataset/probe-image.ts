/**
 * Reads an image's header: size, channels, depth, format, orientation. Decodes no pixels, so a file that is cut short
 * passes here; `check-complete.ts` finds that. Convention: width and height are those after EXIF orientation.
 */
import { ImageError } from './image-error.ts';
import { MAX_PIXELS } from './pixels.ts';
import { openPipeline } from './sharp-pipeline.ts';

export interface ImageProbe {
  /** After EXIF orientation. */
  readonly width: number;
  readonly height: number;
  /** What decoding gives: alpha dropped, palette expanded. */
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly format: string;
  /** EXIF orientation 1..8; from 5 on, width and height are swapped in the file. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
  /** Pages or frames in the file; only the first is read. */
  readonly pages: number;
}

/**
 * @throws ImageError image-missing, image-empty, image-not-readable, image-not-supported, image-too-large
 */
export async function probeImage(path: string): Promise<ImageProbe> {
  const metadata = await openPipeline(path)
    .metadata()
    .catch((cause: unknown) => {
      throw new ImageError('image-not-readable', `${path} is not an image that can be read. Remove or replace it.`, {
        path,
        cause,
      });
    });
  const { width, height } = metadata.autoOrient;
  if (width * height > MAX_PIXELS) {
    throw new ImageError('image-too-large', `${path} has ${width}×${height} pixels; the limit is ${MAX_PIXELS}.`, {
      path,
    });
  }
  return {
    width,
    height,
    channels: metadata.space === 'b-w' || metadata.space === 'grey16' ? 1 : 3,
    bits: metadata.depth === 'ushort' ? 16 : 8,
    format: metadata.format,
    orientation: metadata.orientation ?? 1,
    hasAlpha: metadata.hasAlpha,
    pages: metadata.pages ?? 1,
  };
}
