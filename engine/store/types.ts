/**
 * What the project store keeps and what one may ask of it: records in, records out. No SQL and no code here.
 * Conventions: an image is named by its id, a class by its stable id; a label map is a Uint8Array (H, W), row-major, one
 * class *index* per pixel in the current order of the classes: 0 background, 1..K, 255 unlabelled.
 */

import type { LabelStore } from './label-types.ts';
import type { RunRecord, RunStore, SplitStore } from './run-types.ts';

export type * from './label-types.ts';
export type * from './run-types.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

// ---------------------------------------------------------------------------------------------------------- images

export type ImageState = 'unlabelled' | 'in-progress' | 'done';

/** What an importer knows about a file. The file itself stays where it is and is never changed. */
export interface NewImage {
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
  /** What belongs together in a split (a patient, a slide). */
  readonly group?: string | undefined;
  readonly state?: ImageState | undefined;
}

export interface ImageRecord {
  readonly id: number;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  readonly bits: 8 | 16;
  readonly format: string;
  readonly orientation: number;
  readonly hash: string;
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly group: string | undefined;
  readonly state: ImageState;
  /** The file was not there when somebody last looked. */
  readonly missing: boolean;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
}

/** What a second look at the file may find changed. The size of an image with labels cannot change. */
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

// --------------------------------------------------------------------------------------------------------- classes

export interface NewClass {
  readonly name: string;
  /** `#rrggbb`; absent: the next free colour of the colour-blind-safe palette. */
  readonly color?: string | undefined;
}

export interface ClassRecord {
  /** Stable, 1..254; never changes while the class exists. */
  readonly id: number;
  /** 1..K: the position, and the value of its pixels in a label map. */
  readonly index: number;
  readonly name: string;
  readonly color: string;
}

export type RemovedClass = Omit<ClassRecord, 'index'> & {
  /** The class into which it was merged; undefined: removed, its pixels count as background. */
  readonly mergedInto: number | undefined;
};

/**
 * Every change of order or number is felt at once by every label map read, and raises the revision of every image whose
 * label map it may change. Errors: `class-unknown`, `class-name-invalid`, `class-name-taken`, `class-color-invalid`,
 * `class-order-invalid`, `too-many-classes`.
 */
export interface ClassStore {
  /** In order: element i has index i + 1. */
  all(): ClassRecord[];
  get(id: number): ClassRecord | undefined;
  add(entry: NewClass): ClassRecord;
  rename(id: number, name: string): ClassRecord;
  recolor(id: number, color: string): ClassRecord;
  /** Takes the ids of all classes in their new order. */
  reorder(ids: readonly number[]): ClassRecord[];
  /** The pixels of `fromIds` count as `toId` from now on. */
  merge(fromIds: readonly number[], toId: number): ClassRecord;
  /** The pixels of the class count as background from now on. */
  remove(id: number): void;
  removed(): RemovedClass[];
  /** Takes a merge or removal back: the class comes last in order, and its pixels are its own again. */
  restore(id: number): ClassRecord;
}

// --------------------------------------------------------------------------------------------------------- project

/** Who holds, or held, a project open. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** What happened on opening that somebody should be told. */
export interface Opening {
  readonly created: boolean;
  /** The schema version before it was brought up to date; undefined when it was up to date. */
  readonly migratedFrom: number | undefined;
  /** The session before this one ended without closing (crash, kill, power); nothing released is lost. */
  readonly unclosedBy: LockHolder | undefined;
  readonly interruptedRuns: readonly RunRecord[];
}

export interface ProjectStore {
  /** Absolute. */
  readonly folder: string;
  /** `<folder>/.mambrush/runs` and `<folder>/.mambrush/cache`, both present. */
  readonly runsFolder: string;
  readonly cacheFolder: string;
  readonly opening: Opening;
  readonly images: ImageStore;
  readonly classes: ClassStore;
  readonly labels: LabelStore;
  readonly splits: SplitStore;
  readonly runs: RunStore;
  /** The absolute path of a file by its path in the project; never outside the folder (`image-path-invalid`). */
  fileOf(relativePath: string): string;
  /** `<runsFolder>/<id>`, created when it is not there. */
  runFolder(runId: number): string;
  /** Lets the next one in. Twice is once. Anything asked afterwards fails with `project-closed`. */
  close(): void;
}
