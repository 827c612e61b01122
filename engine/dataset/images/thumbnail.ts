/**
 * A small picture of an image, to recognise it by. Not for computing with. Convention: WebP, upright, at most `side` wide
 * and high; 16 bits are stretched from minimum to maximum, for their useful range is rarely the whole one.
 */
import type { Sharp } from 'sharp';
import { decodeProbed } from './decode-image.ts';
import { imageFormats } from './formats/formats.ts';
import type { Pixels, Size } from './pixels.ts';
import { probeImage } from './probe-image.ts';
import type { ImageProbe } from './probe-image.ts';
import { colorspaceOf, openPipeline, rawPixels } from './sharp-pipeline.ts';

export interface Thumbnail extends Size {
  readonly type: string;
  readonly data: Uint8Array;
}

const quality = 80;
const fitting = { fit: 'inside', withoutEnlargement: true } as const;

/** @throws ImageError as `probeImage`; what sharp throws for pixels that are damaged */
export async function makeThumbnail(path: string, side: number): Promise<Thumbnail> {
  const probe = await probeImage(path);
  const upright = await openUpright(path, probe);
  // sharp shrinks a JPEG while it decodes it, which is ten times as fast as decoding it whole.
  const source = probe.bits === 16 ? await stretched(upright, side, probe.channels) : upright;
  const { data, info } = await source
    .resize(side, side, fitting)
    .webp({ quality, effort: 1 })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, type: 'image/webp', data: new Uint8Array(data) };
}

async function openUpright(path: string, probe: ImageProbe): Promise<Sharp> {
  if (imageFormats[probe.format].reader === undefined) return openPipeline(path).autoOrient().removeAlpha();
  const { width, height, channels, data } = await decodeProbed(path, probe);
  return openPipeline(data, { raw: { width, height, channels } });
}

/** Made small first: stretching the whole picture takes seconds. */
async function stretched(source: Sharp, side: number, channels: 1 | 3): Promise<Sharp> {
  const small = source.toColourspace(colorspaceOf(channels, 16)).resize(side, side, fitting);
  const { data, width, height } = await rawPixels(small, 16);
  return openPipeline(Buffer.from(stretchedValues(data)), { raw: { width, height, channels } });
}

function stretchedValues(values: Pixels['data']): Uint8Array {
  let [min, max] = [65535, 0];
  for (let at = 0; at < values.length; at++) {
    min = Math.min(min, values[at]!);
    max = Math.max(max, values[at]!);
  }
  const scale = max > min ? 255 / (max - min) : 0;
  return Uint8Array.from(values, (value) => (value - min) * scale);
}
