/**
 * Loads a mask file as the numbers it holds, before it is decided what they mean (`mask-reading.ts`).
 * Convention: palette indices and greys of few bits stay as they are in the file; a color file whose three channels are
 * equal is grey; a file whose colors say nothing but whose alpha channel varies is its alpha channel.
 */
import { decodeProbed } from '../images/decode-image.ts';
import { withBytes } from '../images/formats/byte-reader.ts';
import { imageFormats } from '../images/formats/formats.ts';
import { isGreyRamp } from '../images/formats/indexed-pixels.ts';
import type { IndexedPixels } from '../images/formats/indexed-pixels.ts';
import { inBands } from '../../in-bands.ts';
import type { Size } from '../images/pixels.ts';
import { probeImage } from '../images/probe-image.ts';
import { colorspaceOf, openPipeline, rawPixels } from '../images/sharp-pipeline.ts';

/** Upright, as the mask's own EXIF orientation says (PNG masks have none). */
interface Plane extends Size {
  /** JPEG or WebP: values near the true ones are to be expected. */
  readonly lossy: boolean;
}

export type MaskPlane =
  | (Plane & {
      readonly kind: 'grey';
      /** (height, width) */
      readonly data: Uint8Array | Uint16Array;
      /** The largest value that the file could hold: 1, 3, 15, 255 or 65535. */
      readonly max: number;
      readonly fromAlpha: boolean;
    })
  | (Plane & {
      readonly kind: 'palette';
      /** (height, width), indices. */
      readonly data: Uint8Array;
      /** (n, 3) */
      readonly palette: Uint8Array;
    })
  | (Plane & {
      readonly kind: 'color';
      readonly data: Uint8Array;
    });

/**
 * @throws ImageError image-missing, image-no-access, image-empty, image-truncated, image-not-readable,
 *   image-not-supported, image-too-large
 */
export async function loadMask(path: string): Promise<MaskPlane> {
  const probe = await probeImage(path);
  const { lossy, readIndices } = imageFormats[probe.format];
  if (probe.indexed && readIndices !== undefined) {
    return planeOfIndices(await withBytes(path, path, readIndices), lossy);
  }
  const image = await decodeProbed(path, probe);
  const { width, height } = image;
  const grey = image.channels === 1 ? image.data : await greyOf(image.data);
  if (probe.hasAlpha && (await isConstant(image.data, image.channels))) {
    const alpha = await loadAlpha(path, image.bits);
    if (!(await isConstant(alpha, 1))) {
      return { kind: 'grey', width, height, lossy, data: alpha, max: maxOf(image.bits), fromAlpha: true };
    }
  }
  if (grey) return { kind: 'grey', width, height, lossy, data: grey, max: maxOf(image.bits), fromAlpha: false };
  const data = image.data instanceof Uint16Array ? image.data.map((value) => value >> 8) : image.data;
  return { kind: 'color', width, height, lossy, data: Uint8Array.from(data) };
}

function maxOf(bits: number): number {
  return 2 ** bits - 1;
}

function planeOfIndices(image: IndexedPixels, lossy: boolean): MaskPlane {
  const { width, height, indices, hasPalette, palette, bits } = image;
  const plane = { width, height, lossy, data: indices };
  return !hasPalette || isGreyRamp(palette, bits)
    ? { kind: 'grey', ...plane, max: maxOf(bits), fromAlpha: false }
    : { kind: 'palette', ...plane, palette };
}

/** One channel, when all three are equal everywhere. */
async function greyOf(colors: Uint8Array | Uint16Array): Promise<Uint8Array | Uint16Array | undefined> {
  const pixels = colors.length / 3;
  const grey = colors instanceof Uint16Array ? new Uint16Array(pixels) : new Uint8Array(pixels);
  let colored = 0;
  await inBands(pixels, (from, to) => {
    for (let i = from; i < to && colored === 0; i++) {
      const red = colors[i * 3]!;
      if (red !== colors[i * 3 + 1] || red !== colors[i * 3 + 2]) colored++;
      grey[i] = red;
    }
  });
  return colored === 0 ? grey : undefined;
}

async function isConstant(values: Uint8Array | Uint16Array, channels: number): Promise<boolean> {
  let different = 0;
  await inBands(values.length, (from, to) => {
    for (let i = from; i < to && different === 0; i++) {
      if (values[i] !== values[i % channels]) different++;
    }
  });
  return different === 0;
}

async function loadAlpha(path: string, bits: 8 | 16): Promise<Uint8Array | Uint16Array> {
  const alpha = openPipeline(path).autoOrient().extractChannel('alpha').toColourspace(colorspaceOf(1, bits));
  return (await rawPixels(alpha, bits)).data;
}
