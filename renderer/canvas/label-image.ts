/**
 * The labels of one image as they are on the screen, and what the open gesture changed in them. Not their history and
 * not their colors.
 * Convention: (H, W) row-major, one class index per pixel: 0 background, 1..K, 255 unlabelled; tile (x, y) covers
 * 256×256 pixels from (256x, 256y), less at the right and lower edge. Nothing is written outside a gesture but by
 * `load` and `put`.
 */
import type { Area, Size } from './geometry.ts';
import { StepCounter } from './sliced-work.ts';
import type { Steps } from './sliced-work.ts';

const tileSize = 256;
export const background = 0;
export const unlabelled = 255;
/** Pixels on a side: 268 MB of labels. */
const greatestSide = 16384;

export interface TileContent {
  readonly tileX: number;
  readonly tileY: number;
  /** Row-major, of exactly the tile's size. */
  readonly after: Uint8Array;
}

export interface TileChange extends TileContent {
  readonly before: Uint8Array;
}

export class LabelImage {
  readonly width: number;
  readonly height: number;
  /** (H, W). To read; to be written by this class alone. */
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly #tilesX: number;
  /** By tile: how it was before the open gesture first touched it. */
  readonly #before = new Map<number, Uint8Array>();
  #open = false;
  #touched: Area | undefined;
  /** By tile, four numbers: the area in it that changed since `takeDirty`; right = 0 where nothing did. */
  readonly #dirty: Uint16Array;
  readonly #dirtyTiles: number[] = [];

  /** @throws RangeError for sides that are not 1..16384 */
  constructor(size: Size, pixels?: Uint8Array) {
    for (const side of [size.width, size.height]) {
      if (!Number.isInteger(side) || side < 1 || side > greatestSide) {
        throw new RangeError(
          `an image of ${size.width}×${size.height} cannot be painted: sides are 1..${greatestSide}`,
        );
      }
    }
    this.width = size.width;
    this.height = size.height;
    this.pixels = new Uint8Array(size.width * size.height);
    this.#tilesX = Math.ceil(size.width / tileSize);
    this.#dirty = new Uint16Array(this.#tilesX * Math.ceil(size.height / tileSize) * 4);
    this.load(pixels);
  }

  /** A gesture is open. */
  get open(): boolean {
    return this.#open;
  }

  /** What the open gesture wrote to so far. */
  get touched(): Area | undefined {
    return this.#touched;
  }

  /** Replaces everything; absent: wholly unlabelled. An open gesture is forgotten. */
  load(pixels: Uint8Array | undefined): void {
    if (pixels === undefined) this.pixels.fill(unlabelled);
    else if (pixels.length === this.pixels.length) this.pixels.set(pixels);
    else throw new RangeError(`${pixels.length} labels for an image of ${this.width}×${this.height}`);
    this.#close();
    for (let tile = 0; tile < this.#dirty.length / 4; tile++) {
      const { left, top, right, bottom } = this.#areaOf(tile);
      this.#markDirty(left, top, right, bottom);
    }
  }

  begin(): void {
    if (this.#open) throw new Error('a gesture is open already');
    this.#open = true;
  }

  /** Pixels left … right - 1 of row y, clipped to the image. */
  fillSpan(y: number, left: number, right: number, value: number): void {
    const from = Math.max(0, left);
    const to = Math.min(this.width, right);
    if (this.#aboutToWrite(y, from, to)) this.pixels.fill(value, y * this.width + from, y * this.width + to);
  }

  /** The same, with what another map holds there. @param source (H, W) */
  copySpan(y: number, left: number, right: number, source: Uint8Array): void {
    const from = Math.max(0, left);
    const to = Math.min(this.width, right);
    const row = y * this.width;
    if (this.#aboutToWrite(y, from, to)) this.pixels.set(source.subarray(row + from, row + to), row + from);
  }

  /**
   * Closes the gesture and gives the tiles that differ, row by row; none: nothing differed. The gesture is open until the
   * last step; nothing may be written meanwhile.
   */
  *commit(): Steps<readonly TileChange[]> {
    if (!this.#open) throw new Error('no gesture is open');
    const counter = new StepCounter();
    const changes: TileChange[] = [];
    for (const [tile, before] of [...this.#before].sort(([a], [b]) => a - b)) {
      if (counter.due(before.length)) yield;
      const after = this.#cut(tile);
      if (sameBytes(before, after)) continue;
      changes.push({ tileX: tile % this.#tilesX, tileY: Math.floor(tile / this.#tilesX), before, after });
    }
    this.#close();
    return changes;
  }

  /** Closes the gesture and puts everything back; without a gesture nothing happens. */
  cancel(): void {
    for (const [tile, before] of this.#before) this.#putTile(tile, before);
    this.#close();
  }

  /** Puts everything back, in steps, and leaves the gesture open: for a preview that is made anew. */
  *rewind(): Steps {
    const counter = new StepCounter();
    for (const [tile, before] of this.#before) {
      if (counter.due(before.length)) yield;
      this.#putTile(tile, before);
    }
    this.#touched = undefined;
  }

  /** What undo and redo bring. Not while a gesture is open. */
  put(tiles: readonly TileContent[]): void {
    if (this.#open) throw new Error('a gesture is open');
    for (const { tileX, tileY, after } of tiles) this.#putTile(tileY * this.#tilesX + tileX, after);
  }

  /** What changed since the last call, in few areas; every changed pixel is in one of them. */
  takeDirty(): readonly Area[] {
    const areas: { left: number; top: number; right: number; bottom: number }[] = [];
    for (const tile of this.#dirtyTiles.sort((a, b) => a - b)) {
      const [left = 0, top = 0, right = 0, bottom = 0] = this.#dirty.subarray(tile * 4, tile * 4 + 4);
      this.#dirty.fill(0, tile * 4, tile * 4 + 4);
      const last = areas.at(-1);
      // Neighbors of equal rows are one area: a row of full tiles is uploaded at once.
      if (last?.right === left && last.top === top && last.bottom === bottom) last.right = right;
      else areas.push({ left, top, right, bottom });
    }
    this.#dirtyTiles.length = 0;
    return areas;
  }

  /** False: nothing of it lies in the image. */
  #aboutToWrite(y: number, from: number, to: number): boolean {
    if (!this.#open) throw new Error('no gesture is open');
    if (y < 0 || y >= this.height || from >= to) return false;
    const tileRow = (y >> 8) * this.#tilesX;
    const lastTile = (to - 1) >> 8;
    for (let tileX = from >> 8; tileX <= lastTile; tileX++) {
      const tile = tileRow + tileX;
      if (!this.#before.has(tile)) this.#before.set(tile, this.#cut(tile));
      const start = tileX * tileSize;
      this.#markDirty(Math.max(from, start), y, Math.min(to, start + tileSize), y + 1);
    }
    this.#touch(from, y, to);
    return true;
  }

  #close(): void {
    this.#open = false;
    this.#touched = undefined;
    this.#before.clear();
  }

  #areaOf(tile: number): Area {
    const left = (tile % this.#tilesX) * tileSize;
    const top = Math.floor(tile / this.#tilesX) * tileSize;
    return {
      left,
      top,
      right: Math.min(left + tileSize, this.width),
      bottom: Math.min(top + tileSize, this.height),
    };
  }

  #cut(tile: number): Uint8Array {
    const { left, top, right, bottom } = this.#areaOf(tile);
    const content = new Uint8Array((right - left) * (bottom - top));
    for (let y = top; y < bottom; y++) {
      content.set(this.pixels.subarray(y * this.width + left, y * this.width + right), (y - top) * (right - left));
    }
    return content;
  }

  #putTile(tile: number, content: Uint8Array): void {
    const { left, top, right, bottom } = this.#areaOf(tile);
    const tileWidth = right - left;
    if (content.length !== tileWidth * (bottom - top)) {
      throw new RangeError(`${content.length} labels for a tile of ${tileWidth}×${bottom - top}`);
    }
    for (let y = top; y < bottom; y++) {
      this.pixels.set(content.subarray((y - top) * tileWidth, (y - top + 1) * tileWidth), y * this.width + left);
    }
    this.#markDirty(left, top, right, bottom);
  }

  #touch(left: number, y: number, right: number): void {
    const old = this.#touched;
    if (old !== undefined && left >= old.left && right <= old.right && y >= old.top && y < old.bottom) return;
    this.#touched = {
      left: Math.min(left, old?.left ?? left),
      top: Math.min(y, old?.top ?? y),
      right: Math.max(right, old?.right ?? right),
      bottom: Math.max(y + 1, old?.bottom ?? y + 1),
    };
  }

  /** All of it in one tile. */
  #markDirty(left: number, top: number, right: number, bottom: number): void {
    const tile = (top >> 8) * this.#tilesX + (left >> 8);
    const dirty = this.#dirty;
    const at = tile * 4;
    if (dirty[at + 2] === 0) {
      this.#dirtyTiles.push(tile);
      dirty[at] = left;
      dirty[at + 1] = top;
      dirty[at + 2] = right;
      dirty[at + 3] = bottom;
      return;
    }
    if (left < dirty[at]!) dirty[at] = left;
    if (top < dirty[at + 1]!) dirty[at + 1] = top;
    if (right > dirty[at + 2]!) dirty[at + 2] = right;
    if (bottom > dirty[at + 3]!) dirty[at + 3] = bottom;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  const words = a.length >> 2;
  const wordsA = new Uint32Array(a.buffer, a.byteOffset, words);
  const wordsB = new Uint32Array(b.buffer, b.byteOffset, words);
  for (let i = 0; i < words; i++) if (wordsA[i] !== wordsB[i]) return false;
  for (let i = words << 2; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
