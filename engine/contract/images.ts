/**
 * Requests about single images: the list, their states, and their pixels. Not their labels.
 * Convention: an image is named by its id; sizes are of the upright image (EXIF applied); pixels travel as binary.
 */
import { z } from 'zod';
import { partName, project } from './project.ts';
import { bytes, count, id, positive } from './values.ts';

export const imageState = z.enum(['unlabelled', 'in-progress', 'done']);
export const channels = z.union([z.literal(1), z.literal(3), z.literal(4)]);
export const bits = z.union([z.literal(8), z.literal(16)]);

export const imageInfo = z.strictObject({
  id,
  /** Relative to the project's folder, with '/'. */
  path: z.string(),
  width: count,
  height: count,
  channels,
  bits,
  state: imageState,
  /** The file is gone. */
  missing: z.boolean(),
  /** Grows with every change of the labels; 0: never labelled. */
  revision: count,
  labelled: z.boolean(),
  /** In the current split. */
  part: partName.optional(),
  group: z.string().optional(),
});
export type ImageInfo = z.infer<typeof imageInfo>;

const ofImages = z.strictObject({ project, images: z.array(id) });
const changed = z.strictObject({ images: z.array(imageInfo) });

export const imageRequests = {
  /** In the order in which they were added. */
  'images.list': { arguments: z.strictObject({ project }), result: changed },
  'images.set-state': { arguments: ofImages.extend({ state: imageState }), result: changed },
  /** Hides images; files, labels and history stay, for 'images.restore'. */
  'images.remove': { arguments: ofImages, result: z.strictObject({}) },
  'images.restore': { arguments: ofImages, result: changed },
  /** A small picture, in a format that browsers show. */
  'image.thumbnail': {
    arguments: z.strictObject({ project, image: id, side: z.int().min(16).max(1024) }),
    result: z.strictObject({ width: count, height: count, type: z.string(), data: bytes }),
  },
  /**
   * The whole image with a pixel for every `factor`×`factor` of it (less at the right and lower edge), in its own kind of
   * values: to be shown until its rows are there, and not exact. (height, width, channels)
   */
  'image.sketch': {
    arguments: z.strictObject({ project, image: id, factor: z.int().min(2).max(1024) }),
    result: z.strictObject({
      width: count,
      height: count,
      channels: z.union([z.literal(1), z.literal(3)]),
      bits,
      data: bytes,
    }),
  },
  /**
   * A band of rows as they are in the file: 8 bits, or 16 (little-endian) where the file has them. Grey stays one channel,
   * color is three; transparency is laid on black. (rows, width, channels)
   */
  'image.pixels': {
    arguments: z.strictObject({ project, image: id, top: count, rows: positive }),
    result: z.strictObject({
      width: count,
      rows: count,
      channels: z.union([z.literal(1), z.literal(3)]),
      bits,
      data: bytes,
    }),
  },
} as const;
