/**
 * A small picture of an image, to recognise it by. Not for computing with. Convention: WebP, upright, at most `side` wide
 * and high; 16 bits are stretched from minimum to maximum, for their useful range is rarely the whole one.
 */
import type { Sharp } from 'sharp';
import { decodeImage } from './decode-image.ts';
import { probeImage } from './probe-image.ts';
import { openPipeline } from './sharp-pipeline.ts';

export interface Thumbnail {
  readonly width: number;
  readonly height: number;
  readonly type: string;
  readonly data: Uint8Array;
}

const quality = 80;
const fitting = { fit: 'inside', withoutEnlargement: true } as const;

/** @throws ImageError as `probeImage`; what sharp throws for pixels that are damaged */
export async function makeThumbnail(path: string, side: number): Promise<Thumbnail> {
  const probe = await probeImage(path);
  // sharp shrinks a JPEG while it decodes it, which is ten times as fast as decoding it whole.
  const source =
    probe.format === 'bmp'
      ? await decodedPipeline(path)
      : probe.bits === 16
        ? await stretchedPipeline(path, side, probe.channels)
        : openPipeline(path).autoOrient().removeAlpha();
  const { data, info } = await source
    .resize(side, side, fitting)
    .webp({ quality, effort: 1 })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, type: 'image/webp', data: new Uint8Array(data) };
}

async function decodedPipeline(path: string): Promise<Sharp> {
  const { width, height, channels, data } = await decodeImage(path);
  return openPipeline(Buffer.from(data.buffer, data.byteOffset, data.byteLength), { raw: { width, height, channels } });
}

/** Made small first: the whole picture would keep everybody waiting for seconds. */
async function stretchedPipeline(path: string, side: number, channels: 1 | 3): Promise<Sharp> {
  const { data, info } = await openPipeline(path)
    .autoOrient()
    .removeAlpha()
    .toColourspace(channels === 1 ? 'grey16' : 'rgb16')
    .resize(side, side, fitting)
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const { width, height } = info;
  return openPipeline(Buffer.from(stretched(values)), { raw: { width, height, channels } });
}

function stretched(values: Uint16Array): Uint8Array {
  let [min, max] = [65535, 0];
  for (let at = 0; at < values.length; at++) {
    min = Math.min(min, values[at]!);
    max = Math.max(max, values[at]!);
  }
  const scale = max > min ? 255 / (max - min) : 0;
  return Uint8Array.from(values, (value) => (value - min) * scale);
}
