/**
 * Turns an image file into pixels. Not a resizer (`resize-image.ts`) and no reader of masks (`read-mask.ts`).
 * Convention: values exactly as PIL gives them: EXIF orientation applied, alpha dropped and not composited, palette
 * expanded, 16 bits kept, no colour management.
 */
import { ImageError } from './image-error.ts';
import type { Pixels } from './pixels.ts';
import { probeImage } from './probe-image.ts';
import { openPipeline } from './sharp-pipeline.ts';

export interface DecodedImage extends Pixels {
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly format: string;
  readonly hasAlpha: boolean;
}

/**
 * Decodes one image (of several pages or frames the first).
 *
 * @returns pixels (height, width, channels), Uint8Array or Uint16Array
 * @throws ImageError image-missing, image-empty, image-truncated, image-not-readable, image-not-supported, image-too-large
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  const probe = await probeImage(path);
  const space = probe.bits === 16 ? (probe.channels === 1 ? 'grey16' : 'rgb16') : probe.channels === 1 ? 'b-w' : 'srgb';
  const { data, info } = await openPipeline(path)
    .autoOrient()
    .removeAlpha()
    .toColourspace(space)
    .raw({ depth: probe.bits === 16 ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new ImageError('image-truncated', `${path} is damaged or cut short. Replace it by a whole copy.`, {
        path,
        cause,
      });
    });
  return {
    width: info.width,
    height: info.height,
    channels: probe.channels,
    bits: probe.bits,
    data:
      probe.bits === 16
        ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    format: probe.format,
    hasAlpha: probe.hasAlpha,
  };
}
