/**
 * Pixels of images to look at. Convention: a picture is decoded once for all its bands: a few stay decoded, the one used
 * longest ago goes first.
 */
import { MambrushError } from '../../contract/error.ts';
import { decodeImage } from '../../dataset/images/decode-image.ts';
import type { DecodedImage } from '../../dataset/images/decode-image.ts';
import { findFormat } from '../../dataset/images/formats/formats.ts';
import { sketchFile, sketchPixels } from '../../dataset/images/sketch-picture.ts';
import { makeThumbnail } from '../../dataset/images/thumbnail.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';
import { requireImage } from '../answers/describe-images.ts';
import type { Verb } from '../engine-context.ts';

/** Of decoded pictures that are kept. */
const keptBytes = 512 << 20;

const decoded = new Map<string, Promise<DecodedImage>>();
const sizes = new Map<string, number>();

export const imagePixels: Verb<'image.pixels'> = async ({ projects }, { project, image: id, top, rows }) => {
  const store = projects.get(project);
  const image = requireImage(store, id);
  const { width, height, channels, bits, data } = await decode(store, image);
  if (top >= height) {
    throw new MambrushError('rows-outside', `${image.path} has ${height} rows; there is no row ${top}.`, {
      path: image.path,
    });
  }
  const count = Math.min(rows, height - top);
  const values = data.subarray(top * width * channels, (top + count) * width * channels);
  // A copy: what is sent is handed over, and the picture stays.
  const bytes = new Uint8Array(values.byteLength);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return { width, rows: count, channels, bits, data: bytes };
};

export const imageSketch: Verb<'image.sketch'> = async ({ projects }, { project, image: id, factor }) => {
  const store = projects.get(project);
  const image = requireImage(store, id);
  const { bits, format } = image;
  const channels = image.channels === 1 ? 1 : 3;
  const size = { width: Math.ceil(image.width / factor), height: Math.ceil(image.height / factor) };
  const shape = { ...size, channels, bits } as const;
  const { data } = await (findFormat(format)?.shrinksWhileDecoding
    ? sketchFile(store.fileOf(image.path), shape)
    : sketchPixels(await decode(store, image), shape));
  return { ...shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
};

export const imageThumbnail: Verb<'image.thumbnail'> = async ({ projects }, { project, image: id, side }) => {
  const store = projects.get(project);
  return makeThumbnail(store.fileOf(requireImage(store, id).path), side);
};

async function decode(store: ProjectStore, image: ImageRecord): Promise<DecodedImage> {
  const path = store.fileOf(image.path);
  const key = `${path} ${image.hash}`;
  const known = decoded.get(key);
  if (known !== undefined) {
    // The map keeps the order of insertion: what is used now goes to its end.
    decoded.delete(key);
    decoded.set(key, known);
    return known;
  }
  const work = decodeImage(path);
  decoded.set(key, work);
  try {
    const picture = await work;
    if (picture.width !== image.width || picture.height !== image.height) {
      throw new MambrushError(
        'image-size-changed',
        `${image.path} has ${picture.width}×${picture.height} pixels, but had ${image.width}×${image.height} when it was ` +
          'imported. Put the old file back, or import the new one under another name.',
        { path: image.path },
      );
    }
    sizes.set(key, picture.data.byteLength);
    forgetOldest(key);
    return picture;
  } catch (error) {
    decoded.delete(key);
    throw error;
  }
}

function forgetOldest(newest: string): void {
  let total = [...decoded.keys()].reduce((sum, key) => sum + (sizes.get(key) ?? 0), 0);
  for (const key of [...decoded.keys()]) {
    if (total <= keptBytes || key === newest) continue;
    total -= sizes.get(key) ?? 0;
    decoded.delete(key);
    sizes.delete(key);
  }
}
