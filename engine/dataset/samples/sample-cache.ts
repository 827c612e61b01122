/**
 * Reads prepared samples, while `prepare-samples.ts` may go on adding to the same cache. Convention: reads are
 * synchronous and go straight into the caller's buffers; positions run over the images in rising order of id.
 */
import { closeSync, openSync, readvSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Size } from '../images/pixels.ts';
import { SampleError } from './sample-error.ts';
import {
  contentCrc,
  damagePath,
  decodeHeader,
  headerBytes,
  labelBytes,
  packName,
  pixelBytes,
  readIndex,
  recordBytes,
} from './sample-pack.ts';
import type { SampleSpec } from './sample-pack.ts';

interface Entry {
  readonly imageId: number;
  readonly slot: number;
  readonly labelRevision: number;
}

export class SampleCache implements SampleSpec {
  readonly size: Size;
  readonly channels: 1 | 3;
  readonly classes: number;
  readonly #folder: string;
  readonly #header = Buffer.alloc(headerBytes);
  #file: number | undefined;
  #generation = -1;
  #entries: readonly Entry[] = [];
  #positions: ReadonlyMap<number, number> = new Map();

  /** @throws SampleError cache-missing (nothing prepared for this size), cache-damaged (its index cannot be read) */
  constructor(folder: string, spec: SampleSpec) {
    this.size = spec.size;
    this.channels = spec.channels;
    this.classes = spec.classes;
    this.#folder = folder;
    this.refresh();
  }

  /** Takes in what was prepared since. Positions may change, so ask `indexOf` again. */
  refresh(): void {
    let index = this.#readIndex();
    if (index.generation !== this.#generation || this.#file === undefined) {
      let opened = this.#tryOpen(index.generation);
      if (typeof opened !== 'number') {
        // Compaction may have replaced the pack between the two reads; then the index names another by now.
        index = this.#readIndex();
        opened = this.#tryOpen(index.generation);
      }
      if (typeof opened !== 'number') throw this.#damaged('its file of samples cannot be opened', opened);
      this.close();
      this.#file = opened;
      this.#generation = index.generation;
    }
    const latest = new Map<number, Entry>();
    index.records.forEach((record, slot) => {
      if (record !== null) latest.set(record[0], { imageId: record[0], slot, labelRevision: record[2] });
    });
    this.#entries = [...latest.values()].sort((a, b) => a.imageId - b.imageId);
    this.#positions = new Map(this.#entries.map((entry, position) => [entry.imageId, position]));
  }

  get count(): number {
    return this.#entries.length;
  }

  indexOf(imageId: number): number | undefined {
    return this.#positions.get(imageId);
  }

  /** @returns the image and the revision of its labels from which the sample was made */
  about(index: number): { readonly imageId: number; readonly labelRevision: number } {
    return this.#entry(index);
  }

  /** A sample is never changed where it lies, so its offset says whether it is the same as before. */
  versionOf(index: number): string {
    return `${this.#generation} ${this.#entry(index).slot}`;
  }

  /**
   * Reads one sample.
   * @param pixels filled with u8 (H, W, C)
   * @param labels filled with u8 (H, W, K): shares 0..254, 255 unlabelled
   * @returns smallest and largest value of `pixels`
   * @throws SampleError cache-damaged; the next preparation makes the damaged samples anew
   */
  read(index: number, pixels: Uint8Array, labels: Uint8Array): { readonly min: number; readonly max: number } {
    const { imageId, slot } = this.#entry(index);
    if (pixels.length !== pixelBytes(this) || labels.length !== labelBytes(this)) {
      const needed = `${pixelBytes(this)} and ${labelBytes(this)} bytes`;
      throw new Error(`read needs ${needed}, got ${pixels.length} and ${labels.length}`);
    }
    const file = this.#file;
    if (file === undefined) throw new Error('the sample cache is closed');
    const read = readvSync(file, [this.#header, pixels, labels], slot * recordBytes(this));
    const header = read === recordBytes(this) ? decodeHeader(this.#header) : undefined;
    if (header?.imageId !== imageId || header.contentCrc !== contentCrc(pixels, labels)) {
      throw this.#damaged(`the sample of image ${imageId}`);
    }
    return { min: header.min, max: header.max };
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #entry(index: number): Entry {
    const entry = this.#entries[index];
    if (entry === undefined) throw new RangeError(`the cache has ${this.count} samples, none at ${index}`);
    return entry;
  }

  #readIndex(): NonNullable<ReturnType<typeof readIndex>> {
    let index: ReturnType<typeof readIndex>;
    try {
      index = readIndex(this.#folder, this);
    } catch (cause) {
      throw this.#damaged('its index', cause);
    }
    if (index === undefined) {
      const size = `${this.size.width}×${this.size.height}`;
      const message = `No samples of ${size} are prepared in ${this.#folder}. Prepare them first.`;
      throw new SampleError('cache-missing', message, { path: this.#folder });
    }
    return index;
  }

  /** The pack's descriptor, or why there is none. */
  #tryOpen(generation: number): unknown {
    try {
      return openSync(join(this.#folder, packName(this, generation)), 'r');
    } catch (error) {
      return error;
    }
  }

  #damaged(what: string, cause?: unknown): SampleError {
    try {
      writeFileSync(damagePath(this.#folder, this), '');
    } catch {
      // The mark only spares a full check; the error below is what counts.
    }
    const message =
      `The prepared samples in ${this.#folder} are damaged (${what}). Start again: they are made anew from the images, ` +
      'which are not affected.';
    return new SampleError('cache-damaged', message, { path: this.#folder, cause });
  }
}
