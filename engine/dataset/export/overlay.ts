/** Paints a label map over its image, for looking at: the classes' colors, half transparent, with full outlines. */
import { decodeImage } from '../images/decode-image.ts';
import { inBands } from '../../in-bands.ts';
import { SampleError } from '../samples/sample-error.ts';
import { openPipeline } from '../images/sharp-pipeline.ts';
import { writeAtomically, writeFully } from '../../write-atomically.ts';
import { rgbOf } from './write-mask.ts';
import type { Size } from '../images/pixels.ts';
import type { MaskClass } from '../masks/label-map.ts';

const opacity = 0.35;

/**
 * @param pixels RGB (height, width, 3), painted over
 * @param labels class indices (height, width); 0 and 255 leave the image as it is
 */
export async function drawOverlay(
  pixels: Uint8Array,
  labels: Uint8Array,
  { width, height }: Size,
  classes: readonly MaskClass[],
): Promise<void> {
  const outline = Math.max(1, Math.round(Math.min(width, height) / 400));
  const colors = classes.map(({ color }) => rgbOf(color));
  const isEdge = (at: number, x: number, y: number): boolean => {
    const label = labels[at];
    return (
      (x >= outline && labels[at - outline] !== label) ||
      (x < width - outline && labels[at + outline] !== label) ||
      (y >= outline && labels[at - outline * width] !== label) ||
      (y < height - outline && labels[at + outline * width] !== label)
    );
  };
  const drawRows = (from: number, to: number): void => {
    for (let y = from, at = from * width; y < to; y++) {
      for (let x = 0; x < width; x++, at++) {
        const color = colors[labels[at]! - 1];
        if (color === undefined) continue;
        const strength = isEdge(at, x, y) ? 1 : opacity;
        for (let channel = 0; channel < 3; channel++) {
          const old = pixels[3 * at + channel]!;
          pixels[3 * at + channel] = Math.round(old + (color[channel]! - old) * strength);
        }
      }
    }
  };
  // Twice the three values, for the neighbors that are looked at.
  await inBands(height, drawRows, 6 * width);
}

/** RGB of 8 bits from any decoded image; 16 bits are stretched from minimum to maximum. */
async function displayed(image: Awaited<ReturnType<typeof decodeImage>>): Promise<Uint8Array> {
  const { data, channels, width, height } = image;
  if (channels === 3 && data instanceof Uint8Array) return data;
  let [low, scale] = [0, 1];
  if (data instanceof Uint16Array) {
    let high = 0;
    low = 65535;
    await inBands(data.length, (from, to) => {
      for (let at = from; at < to; at++) {
        const value = data[at]!;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    });
    scale = high > low ? 255 / (high - low) : 0;
  }
  const pixels = new Uint8Array(width * height * 3);
  await inBands(pixels.length, (from, to) => {
    for (let at = from; at < to; at++) {
      const value = data[channels === 3 ? at : Math.floor(at / 3)]!;
      pixels[at] = Math.round((value - low) * scale);
    }
  });
  return pixels;
}

/**
 * Writes the overlay as PNG; the file has its name only when it is whole.
 * @throws ImageError as `decodeImage`, SampleError image-size-changed, the file system's errors
 */
export async function writeOverlay(
  path: string,
  imagePath: string,
  labels: Uint8Array,
  classes: readonly MaskClass[],
): Promise<void> {
  const image = await decodeImage(imagePath);
  const { width, height } = image;
  if (labels.length !== width * height) {
    const message = `${imagePath} has ${width}×${height} pixels by now, its labels ${labels.length} in all. Put the old file back.`;
    throw new SampleError('image-size-changed', message, { path: imagePath });
  }
  const pixels = await displayed(image);
  await drawOverlay(pixels, labels, image, classes);
  const raw = openPipeline(Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength), {
    raw: { width, height, channels: 3 },
  });
  const bytes = await raw.png().toBuffer();
  await writeAtomically(path, (file) => writeFully(file, bytes));
}
