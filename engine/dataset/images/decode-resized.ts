/**
 * Decodes an image straight to a smaller (or larger) size. The same pixels as `decodeImage` then `resizeImage`, but large
 * pictures pass through in bands of rows, so that they never lie in memory whole.
 * Convention: bands cost decoding time (each one skips the rows above it): 12000×9000 JPEG 1.6 s instead of 0.7 s.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { decodeProbed, decodeWithSharp } from './decode-image.ts';
import type { DecodedImage } from './decode-image.ts';
import { imageFormats } from './formats/formats.ts';
import { orientPixels } from './orient-pixels.ts';
import { probeImage } from './probe-image.ts';
import type { ImageProbe } from './probe-image.ts';
import { resizeImage, TriangleResizer } from './resize-image.ts';

/** Up to this size, pixels are decoded in one go. */
const WHOLE_BYTES = 128 << 20;
const BAND_BYTES = 64 << 20;

/**
 * Antialiased bilinear resizing to exactly `width` × `height`, upright.
 * An image that passes in bands and has an EXIF orientation is turned after resizing; the order of PIL (turn, resize)
 * may differ from that by one grey level.
 * @throws ImageError as `decodeImage`
 */
export async function decodeResized(
  input: string | Buffer,
  width: number,
  height: number,
  options: {
    readonly name?: string;
    /** What its header says, where that has been read already. */
    readonly probe?: ImageProbe | undefined;
    /** For tests. */
    readonly wholeBytes?: number;
    readonly bandBytes?: number;
  } = {},
): Promise<DecodedImage> {
  const probe = options.probe ?? (await probeImage(input, options.name));
  const { channels, bits, format, hasAlpha, orientation } = probe;
  const bytes = probe.width * probe.height * channels * (bits / 8);
  if (imageFormats[format].reader !== undefined || bytes <= (options.wholeBytes ?? WHOLE_BYTES)) {
    const whole = await decodeProbed(input, probe, options.name);
    const same = whole.width === width && whole.height === height;
    return { ...whole, width, height, data: same ? whole.data : await resizeImage(whole, width, height) };
  }
  const turned = orientation >= 5;
  const from = turned ? { width: probe.height, height: probe.width } : { width: probe.width, height: probe.height };
  const to = turned ? { width: height, height: width } : { width, height };
  const resizer = new TriangleResizer({ ...from, channels, bits }, to);
  const rowBytes = from.width * channels * (bits / 8);
  const bandRows = Math.max(1, Math.floor((options.bandBytes ?? BAND_BYTES) / rowBytes));
  for (let top = 0; top < from.height; top += bandRows) {
    const band = { top, height: Math.min(bandRows, from.height - top) };
    const { data } = await decodeWithSharp(input, probe, { name: options.name, band });
    for (let row = 0; row < band.height; row += 32) {
      resizer.push(data.subarray(row * from.width * channels, (row + 32) * from.width * channels));
      await breathe();
    }
  }
  const upright = orientPixels({ ...to, channels, data: resizer.finish() }, orientation);
  return { ...upright, channels, bits, format, hasAlpha };
}
