/**
 * A small picture of an image, to recognise it by. Not for computing with. Convention: WebP, upright, at most `side` wide
 * and high; 16 bits are stretched from minimum to maximum, for their useful range is rarely the whole one.
 */
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

/** @throws ImageError as `decodeImage` */
export async function makeThumbnail(path: string, side: number): Promise<Thumbnail> {
  const probe = await probeImage(path);
  // sharp shrinks a JPEG while it decodes it, which is ten times as fast as decoding it whole.
  const source =
    probe.format === 'bmp' || probe.bits === 16
      ? await decodedPipeline(path)
      : openPipeline(path).autoOrient().removeAlpha();
  const { data, info } = await source
    .resize(side, side, { fit: 'inside', withoutEnlargement: true })
    .webp({ quality, effort: 1 })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, type: 'image/webp', data: new Uint8Array(data) };
}

async function decodedPipeline(path: string): Promise<ReturnType<typeof openPipeline>> {
  const { width, height, channels, data } = await decodeImage(path);
  const bytes = data instanceof Uint8Array ? data : stretched(data);
  return openPipeline(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
    raw: { width, height, channels },
  });
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
