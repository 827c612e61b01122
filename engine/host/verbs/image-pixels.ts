/**
 * Pixels of images, to be shown: band by band, as a small version, as a thumbnail.
 */
import { MambrushError } from '../../contract/error.ts';
import { findFormat } from '../../dataset/images/formats/formats.ts';
import { sketchFile, sketchPixels } from '../../dataset/images/sketch-picture.ts';
import { makeThumbnail } from '../../dataset/images/thumbnail.ts';
import { requireImage } from '../answers/describe-images.ts';
import type { Verb } from '../engine-context.ts';

export const imagePixels: Verb<'image.pixels'> = async (
  { projects, decodedImages },
  { project, image: id, top, rows },
) => {
  const store = projects.get(project);
  const image = requireImage(store, id);
  const { width, height, channels, bits, data } = await decodedImages.of(store, image);
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

export const imageSketch: Verb<'image.sketch'> = async (
  { projects, decodedImages },
  { project, image: id, factor },
) => {
  const store = projects.get(project);
  const image = requireImage(store, id);
  const { bits, format } = image;
  const channels = image.channels === 1 ? 1 : 3;
  const size = { width: Math.ceil(image.width / factor), height: Math.ceil(image.height / factor) };
  const shape = { ...size, channels, bits } as const;
  const { data } = await (findFormat(format)?.shrinksWhileDecoding
    ? sketchFile(store.fileOf(image.path), shape)
    : sketchPixels(await decodedImages.of(store, image), shape));
  return { ...shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
};

export const imageThumbnail: Verb<'image.thumbnail'> = async ({ projects }, { project, image: id, side }) => {
  const store = projects.get(project);
  return makeThumbnail(store.fileOf(requireImage(store, id).path), side);
};
