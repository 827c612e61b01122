/**
 * Labels of images: edits, tiles and the verbs on them. Types only; part of types.ts, import them from there.
 * Convention: a label map is a Uint8Array (H, W), row-major, of class indices: 0 background, 1..K, 255 unlabelled.
 */
import type { LabelEdit as ContractEdit, LabelOrigin } from '../contract/labels.ts';
import type { ImageState } from './image-types.ts';

export type { LabelOrigin };

export interface EditNote {
  readonly origin: LabelOrigin;
  /** For the history list, in the user's words: 'brush', 'import of lesion_mask.png'. */
  readonly description: string;
  /** Sets the image's state in the same transaction. Absent: an 'unlabelled' image becomes 'in-progress'. */
  readonly state?: ImageState | undefined;
  /** What the labels were imported from, for `importedFrom`; kept also when no pixel differed. */
  readonly source?: string | undefined;
}

export interface TilePosition {
  readonly tileX: number;
  readonly tileY: number;
}

export interface TileChange extends TilePosition {
  /** Class indices, row-major, of exactly the tile's size: 256×256, less at the right and lower edge. */
  readonly after: Uint8Array;
}

export interface LabelEdit extends Readonly<ContractEdit> {
  readonly imageId: number;
}

/** What a change did: which tiles to draw again. */
export interface LabelChange {
  readonly edit: LabelEdit;
  readonly tiles: readonly TilePosition[];
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
  /**
   * The same for maps of any size: gives way to other work while it compares and packs, and stores all in one stroke,
   * unless that is refused at the moment of storing; then nothing happened.
   */
  writeInSteps(
    imageId: number,
    labelMap: Uint8Array,
    note: EditNote,
    isRefused?: () => boolean,
  ): Promise<LabelChange | undefined>;
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
  /** The `source` of the last import of labels; undefined: there was none. */
  importedFrom(imageId: number): string | undefined;
  /** Images with at least one labelled pixel, in the order of `images.all()`. */
  labelledImageIds(): number[];
  /** The same for one image. */
  isLabelled(imageId: number): boolean;
}
