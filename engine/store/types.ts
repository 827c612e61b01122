/**
 * What the project store keeps and what one may ask of it: records in, records out. No SQL and no code here.
 * Conventions: an image is named by its id, a class by its stable id; a label map is a Uint8Array (H, W), row-major, one
 * class *index* per pixel in the current order of the classes: 0 background, 1..K, 255 unlabelled.
 */

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

// ---------------------------------------------------------------------------------------------------------- labels

export type LabelOrigin = 'painted' | 'imported' | 'predicted-accepted';

export interface EditNote {
  readonly origin: LabelOrigin;
  /** For the history list, in the user's words: 'brush', 'import of lesion_mask.png'. */
  readonly description: string;
  /** Sets the image's state in the same transaction. Absent: an 'unlabelled' image becomes 'in-progress'. */
  readonly state?: ImageState | undefined;
}

export interface TilePlace {
  readonly tileX: number;
  readonly tileY: number;
}

export interface TileChange extends TilePlace {
  /** Class indices, row-major, of exactly the tile's size: 256×256, less at the right and lower edge. */
  readonly after: Uint8Array;
}

export interface LabelEdit {
  readonly id: number;
  readonly imageId: number;
  /** 1, 2, 3 … per image. */
  readonly sequence: number;
  readonly origin: LabelOrigin;
  readonly description: string;
  readonly at: string;
  readonly undone: boolean;
  readonly tileCount: number;
}

/** What a change did: which tiles to draw again. */
export interface LabelChange {
  readonly edit: LabelEdit;
  readonly tiles: readonly TilePlace[];
  readonly revision: number;
}

/** Errors of every verb: `image-unknown`, `label-size-wrong`, `label-value-unknown`, `label-tile-outside`. */
export interface LabelStore {
  /** The whole label map, (H, W) of the image's oriented size; undefined when no pixel of the image is labelled. */
  read(imageId: number): Uint8Array | undefined;
  /** One tile, of its own size; all 255 where nothing is labelled. */
  readTile(imageId: number, tileX: number, tileY: number): Uint8Array;
  /** Stores the tiles that differ, as one entry of the history. Undefined: nothing differed, nothing happened. */
  write(imageId: number, labelMap: Uint8Array, note: EditNote): LabelChange | undefined;
  /** A gesture: some tiles, one entry of the history, on disk when this returns. Undefined: nothing differed. */
  applyTiles(imageId: number, changes: readonly TileChange[], note: EditNote): LabelChange | undefined;
  /** Undefined: nothing left to undo. */
  undo(imageId: number): LabelChange | undefined;
  /** Undefined: nothing to redo. */
  redo(imageId: number): LabelChange | undefined;
  /** Oldest first. */
  history(imageId: number): LabelEdit[];
  /** Grows with every change, undo and redo included, and never comes back; 0: never labelled. */
  revision(imageId: number): number;
  /** Images with at least one labelled pixel, in the order of `images.all()`. */
  labelledImageIds(): number[];
}

// ---------------------------------------------------------------------------------------------------------- splits

export type PartName = 'train' | 'val' | 'test';
export type SplitParts = Readonly<Record<PartName, readonly number[]>>;

export interface NewSplit {
  readonly name: string;
  readonly seed: number;
  /** How it was made: 'share', 'count', 'list' … */
  readonly method: string;
  /** Image ids; no id in two parts. */
  readonly parts: SplitParts;
  /** Anything that JSON can hold. */
  readonly settings?: object | undefined;
}

export interface SplitRecord {
  readonly id: number;
  readonly name: string;
  readonly seed: number;
  readonly method: string;
  /** In the order given; images removed since are left out. */
  readonly parts: SplitParts;
  readonly settings: JsonObject;
  readonly createdAt: string;
}

/** Errors: `split-unknown`, `split-invalid`. */
export interface SplitStore {
  /** Also makes it the current one. */
  create(split: NewSplit): SplitRecord;
  current(): SplitRecord | undefined;
  choose(id: number): SplitRecord;
  get(id: number): SplitRecord | undefined;
  /** Oldest first. */
  all(): SplitRecord[];
}

// ------------------------------------------------------------------------------------------------------------ runs

export type RunStatus = 'running' | 'paused' | 'interrupted' | 'done' | 'failed' | 'stopped';

export interface NewRun {
  readonly name?: string | undefined;
  readonly splitId: number;
  readonly seed: number;
  readonly executor: string;
  /** The network's configuration and the run's settings; anything that JSON can hold. */
  readonly network: object;
  readonly settings: object;
}

export interface RunRecord {
  readonly id: number;
  readonly name: string;
  readonly splitId: number;
  readonly seed: number;
  readonly executor: string;
  readonly network: JsonObject;
  readonly settings: JsonObject;
  /** The classes when the run began: what output channel i meant, whatever is reordered later. */
  readonly classes: readonly ClassRecord[];
  readonly status: RunStatus;
  /** For 'failed' and 'stopped': what happened, in words. */
  readonly message: string | undefined;
  readonly bestEpoch: number | undefined;
  /** Relative to the project folder, POSIX slashes. */
  readonly bestFile: string | undefined;
  readonly latestFile: string | undefined;
  readonly createdAt: string;
  /** When the status was last something other than 'running'; undefined while it runs. */
  readonly endedAt: string | undefined;
}

export interface RunChange {
  readonly name?: string;
  readonly executor?: string;
  readonly settings?: object;
  readonly status?: RunStatus;
  readonly message?: string | undefined;
  readonly bestEpoch?: number | undefined;
  /** Relative to the project folder, or absolute inside it. */
  readonly bestFile?: string | undefined;
  readonly latestFile?: string | undefined;
}

/** One epoch, 1-based. What was not measured is absent; NaN and infinities are kept as absent too. */
export interface EpochMetrics {
  readonly epoch: number;
  readonly trainLoss?: number | undefined;
  readonly valLoss?: number | undefined;
  readonly valDice?: number | undefined;
  readonly valIou?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly seconds?: number | undefined;
  readonly imagesPerSecond?: number | undefined;
  /** Whatever else is worth a curve, by name. */
  readonly more?: Readonly<Record<string, number>> | undefined;
}

/** Errors: `run-unknown`, `run-invalid`, `split-unknown`. */
export interface RunStore {
  /** Status 'running' from the start. */
  create(run: NewRun): RunRecord;
  update(id: number, change: RunChange): RunRecord;
  /** An epoch that was done before (a resumed run) takes the place of the old one. */
  addEpoch(id: number, metrics: EpochMetrics): void;
  epochs(id: number): EpochMetrics[];
  get(id: number): RunRecord | undefined;
  /** Oldest first. */
  all(): RunRecord[];
  latest(): RunRecord | undefined;
  /** Turns every 'running' run into 'interrupted'. Called when a project is opened: nobody else can be running it. */
  interruptOrphans(): RunRecord[];
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
