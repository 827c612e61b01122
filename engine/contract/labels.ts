/**
 * Requests about the labels of one image: read, change by a gesture, undo, redo. Convention: a label map is (H, W), one
 * class index per pixel: 0 background, 1..K, 255 unlabelled; tiles are 256×256, less at the right and lower edge.
 */
import { z } from 'zod';
import { imageState } from './images.ts';
import { project } from './project.ts';
import { bytes, count, id, positive } from './values.ts';

const labelOrigin = z.enum(['painted', 'imported', 'predicted-accepted']);
export type LabelOrigin = z.infer<typeof labelOrigin>;

/** What a tile holds now. */
const tileAfter = z.strictObject({ tileX: count, tileY: count, after: bytes });

const labelEdit = z.strictObject({
  id,
  /** 1, 2, 3 … per image. */
  sequence: positive,
  origin: labelOrigin,
  description: z.string(),
  at: z.string(),
  undone: z.boolean(),
  tileCount: count,
});
export type LabelEdit = z.infer<typeof labelEdit>;

/** Null: nothing was left to undo or redo. */
const labelChange = z.strictObject({ revision: count, tiles: z.array(tileAfter) }).nullable();
export type LabelChange = z.infer<typeof labelChange>;

const ofImage = z.strictObject({ project, image: id });

export const labelRequests = {
  /** `data` is null when no pixel is labelled. */
  'labels.read': { arguments: ofImage, result: z.strictObject({ revision: count, data: bytes.nullable() }) },
  /** One gesture; it is on the disk when this answers. Answers the labels' new revision; null: nothing differed. */
  'labels.apply': {
    arguments: ofImage.extend({
      tiles: z.array(tileAfter),
      origin: labelOrigin,
      /** For the list of changes, in the user's words. */
      description: z.string(),
      state: imageState.optional(),
    }),
    result: z.strictObject({ revision: count.nullable() }),
  },
  'labels.undo': { arguments: ofImage, result: z.strictObject({ change: labelChange }) },
  'labels.redo': { arguments: ofImage, result: z.strictObject({ change: labelChange }) },
  /** Oldest first. */
  'labels.history': { arguments: ofImage, result: z.strictObject({ edits: z.array(labelEdit) }) },
} as const;
