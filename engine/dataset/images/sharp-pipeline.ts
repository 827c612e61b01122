/**
 * The one place where sharp is configured and opened. Not a decoder: see `decode-image.ts`.
 * Convention: raw sample values. No ICC transform, no gamma, no cache of decoded images; damaged pixel data is an error,
 * never a half-grey image. Threads: one per image, because callers run several images side by side.
 */
import sharp from 'sharp';
import type { Sharp, SharpOptions } from 'sharp';
import { MAX_PIXELS } from './pixels.ts';

sharp.cache(false);
sharp.concurrency(1);

/**
 * Opens an image for one pipeline.
 *
 * `failOn: 'error'` refuses truncated data in every format that sharp reads (measured: JPEG, PNG, TIFF, WebP, GIF cut at
 * 30 % to 99 %; the lower level 'truncated' lets TIFF through), and still reads cameras' files with harmless warnings.
 */
export function openPipeline(input: string | Buffer | Uint8Array | Uint16Array, options: SharpOptions = {}): Sharp {
  return sharp(input, {
    failOn: 'error',
    ignoreIcc: true,
    limitInputPixels: MAX_PIXELS,
    sequentialRead: true,
    ...options,
  });
}
