/**
 * The one place where sharp is configured and opened. Not a decoder: see `decode-image.ts`.
 * Convention: raw sample values. No ICC transform, no gamma, no cache of decoded images; damaged pixel data is an error,
 * never a half-grey image. Threads: one per image, because callers run several images side by side.
 */
import sharp from 'sharp';
import type { Sharp, SharpOptions } from 'sharp';
import { MAX_PIXELS } from './pixels.ts';
import type { Pixels } from './pixels.ts';

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

/** What sharp calls greys or RGB of this depth. */
export function colorspaceOf(channels: 1 | 3, bits: 8 | 16): 'b-w' | 'srgb' | 'grey16' | 'rgb16' {
  if (channels === 1) return bits === 16 ? 'grey16' : 'b-w';
  return bits === 16 ? 'rgb16' : 'srgb';
}

export async function rawPixels(pipeline: Sharp, bits: 8 | 16): Promise<Pixels> {
  const { data, info } = await pipeline
    .raw({ depth: bits === 16 ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const values =
    bits === 16
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { width, height, channels, data: values };
}
