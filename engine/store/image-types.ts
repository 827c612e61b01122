/**
 * Images of a project, and the verbs on them. Types only; part of types.ts, import them from there. Convention: an image
 * is named by its id; its path is relative to the project folder, with POSIX slashes.
 */
export type ImageState = 'unlabelled' | 'in-progress' | 'done';

/** What is known about an image's file. The file itself stays where it is and is never changed. */
interface ImageFacts {
  /** Relative to the project folder, POSIX slashes, exactly as the file system spells it (NFC and NFD stay apart). */
  readonly path: string;
  /** Pixels, after the EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly bits: 8 | 16;
  readonly format: string;
  /** EXIF orientation 1..8 of the file (1: as stored). */
  readonly orientation: number;
  /** SHA-256 of the file's bytes, 64 lower-case hexadecimal digits. */
  readonly hash: string;
  readonly bytes: number;
  /** Time of last change of the file, milliseconds since 1970 (fs.Stats.mtimeMs). */
  readonly modifiedAt: number;
}

export interface NewImage extends ImageFacts {
  /** What belongs together in a split (a patient, a slide). */
  readonly group?: string | undefined;
  readonly state?: ImageState | undefined;
}

export interface ImageRecord extends ImageFacts {
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
  /** To find a file again that was moved or copied. */
  byHash(hash: string): ImageRecord[];
  setState(id: number, state: ImageState): ImageRecord;
  setGroup(id: number, group: string | undefined): ImageRecord;
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
