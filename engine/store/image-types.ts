/**
 * Images of a project, and the verbs on them. Part of types.ts, import them from there. Convention: an image
 * is named by its id; its path is relative to the project folder, with POSIX slashes.
 */
import { z } from 'zod';
import { bits, channels, imageState } from '../contract/images.ts';
import { count, positive } from '../contract/values.ts';

export type ImageState = z.infer<typeof imageState>;

/** What is known about an image's file. The file itself stays where it is and is never changed. */
export const newImage = z.object({
  /** Relative to the project folder, POSIX slashes, exactly as the file system spells it (NFC and NFD stay apart). */
  path: z.string(),
  /** Pixels, after the EXIF orientation is applied. */
  width: positive,
  height: positive,
  channels,
  bits,
  format: z.string(),
  /** EXIF orientation of the file (1: as stored). */
  orientation: z.int().min(1).max(8),
  /** SHA-256 of the file's bytes. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: count,
  /** Time of last change of the file, milliseconds since 1970 (fs.Stats.mtimeMs). */
  modifiedAt: z.number(),
  /** What belongs together in a split (a patient, a slide). */
  group: z.string().optional(),
  state: imageState.optional(),
});
export type NewImage = Readonly<z.infer<typeof newImage>>;

export interface ImageRecord extends Omit<NewImage, 'group' | 'state'> {
  readonly id: number;
  readonly group: string | undefined;
  readonly state: ImageState;
  /** The file was not there when it was last checked. */
  readonly missing: boolean;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
}

/** What may have changed in a file. The size of an image with labels cannot change. */
export type ImageChange = Partial<Omit<NewImage, 'path' | 'state'>>;

export interface ImageStore {
  /** All or none, in one transaction. Errors: `image-path-invalid`, `image-already-added`, `image-invalid`. */
  add(images: readonly NewImage[]): ImageRecord[];
  /** In the order in which they were added. Without the removed ones. */
  all(): ImageRecord[];
  count(): number;
  get(id: number): ImageRecord | undefined;
  byPath(path: string): ImageRecord | undefined;
  setState(id: number, state: ImageState): ImageRecord;
  markMissing(ids: readonly number[], missing: boolean): void;
  /** The file was moved or renamed inside the project folder; labels stay with it. */
  move(id: number, path: string): ImageRecord;
  /** The file's content changed. Errors: `image-size-changed` when it has labels of another size. */
  update(id: number, change: ImageChange): ImageRecord;
  /** Hides images; labels and history are kept for `restore`. Their paths become free. */
  remove(ids: readonly number[]): void;
  removed(): ImageRecord[];
  /** Errors: `image-already-added` when another record has the path by now. */
  restore(ids: readonly number[]): ImageRecord[];
}
