/**
 * Adds prepared samples to a cache: appends to the pack, and now and then makes what was appended count by replacing the
 * index. One writer at a time, which the project's lock sees to. Convention: whatever moment the process dies at, the
 * index names only whole records; what was appended after it is cut off by the next writer.
 */
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { temporaryEnding } from '../../replace-file.ts';
import type { PreparedSample } from './prepare-sample.ts';
import {
  contentCrc,
  damagePath,
  decodeHeader,
  emptyIndex,
  encodeHeader,
  generationOf,
  headerBytes,
  indexPath,
  packName,
  readIndex,
  recordBytes,
} from './sample-pack.ts';
import type { RecordHeader, SampleIndex, SampleSpec } from './sample-pack.ts';
import { writeAtomically, writeFully } from '../../write-atomically.ts';
import { writeError } from '../../write-error.ts';

const kept = 'What was prepared before is kept; the images and labels are not affected.';

type NewSample = PreparedSample & Omit<RecordHeader, 'contentCrc'>;

export class SampleWriter {
  readonly #folder: string;
  readonly #spec: SampleSpec;
  #pack: FileHandle;
  #generation: number;
  readonly #records: SampleIndex['records'];
  readonly #slotOf = new Map<number, number>();
  #changed = false;
  /** How many slots the index on the disk names. */
  #slotsOnDisk: number;
  /** Why the cache was begun anew although something was there; undefined when it was not. */
  readonly rebuilt: string | undefined;

  private constructor(folder: string, spec: SampleSpec, pack: FileHandle, index: SampleIndex, rebuilt?: string) {
    this.#folder = folder;
    this.#spec = spec;
    this.#pack = pack;
    this.#generation = index.generation;
    this.#records = [...index.records];
    this.#slotsOnDisk = index.records.length;
    this.rebuilt = rebuilt;
    this.#records.forEach((record, slot) => {
      if (record === null) return;
      const before = this.#slotOf.get(record[0]);
      if (before !== undefined) this.#records[before] = null;
      this.#slotOf.set(record[0], slot);
    });
  }

  /** Opens a cache for adding; makes it where there is none, and anew where it cannot be read. */
  static async open(folder: string, spec: SampleSpec): Promise<SampleWriter> {
    try {
      await mkdir(folder, { recursive: true });
      let index: SampleIndex = emptyIndex;
      let rebuilt: string | undefined;
      try {
        index = readIndex(folder, spec) ?? emptyIndex;
      } catch (error) {
        rebuilt = `the index could not be read (${error instanceof Error ? error.message : String(error)})`;
      }
      const path = (generation: number): string => join(folder, packName(spec, generation));
      const needed = index.records.length * recordBytes(spec);
      const there = await stat(path(index.generation)).catch(() => undefined);
      if ((there?.size ?? 0) < needed) rebuilt = 'its file of samples is missing or too short';
      if (rebuilt !== undefined) {
        // A name of its own, because readers may still have the damaged file open.
        const generations = (await readdir(folder)).map((name) => generationOf(spec, name) ?? 0);
        index = { ...emptyIndex, generation: Math.max(0, ...generations) + 1 };
        await rm(indexPath(folder, spec), { force: true });
      }
      await removeLeftovers(folder, spec, index.generation);
      const pack = await open(path(index.generation), index.records.length > 0 ? 'r+' : 'w+');
      await pack.truncate(index.records.length * recordBytes(spec));
      return new SampleWriter(folder, spec, pack, index, rebuilt);
    } catch (error) {
      throw writeError(error, folder, kept);
    }
  }

  /** Whether the image's sample is there and was made from this file content and this revision of its labels. */
  isFresh(imageId: number, hash: string, labelRevision: number): boolean {
    const record = this.#records[this.#slotOf.get(imageId) ?? -1];
    return record?.[1] === hash && record[2] === labelRevision;
  }

  async append(sample: NewSample): Promise<void> {
    const { imageId, hash, labelRevision, pixels, labels, min, max } = sample;
    const header = encodeHeader({ imageId, hash, labelRevision, min, max, contentCrc: contentCrc(pixels, labels) });
    const record = Buffer.concat([header, pixels, labels]);
    if (record.length !== recordBytes(this.#spec)) {
      throw new Error(`a sample of ${record.length} bytes is not of this cache`);
    }
    try {
      await writeFully(this.#pack, record, this.#records.length * record.length);
    } catch (error) {
      await this.#makeRoom();
      throw writeError(error, join(this.#folder, packName(this.#spec, this.#generation)), kept);
    }
    this.drop(imageId);
    this.#slotOf.set(imageId, this.#records.length);
    this.#records.push([imageId, hash, labelRevision]);
    this.#changed = true;
  }

  /** Gives up the newest sample and what was written of the next, so that the index of the others fits on a full disk. */
  async #makeRoom(): Promise<void> {
    const newest = this.#records.at(-1);
    if (newest !== undefined && this.#records.length > this.#slotsOnDisk) {
      if (newest !== null) this.drop(newest[0]);
      this.#records.pop();
    }
    await this.#pack.truncate(this.#records.length * recordBytes(this.#spec)).catch(() => undefined);
  }

  drop(imageId: number): void {
    const slot = this.#slotOf.get(imageId);
    if (slot === undefined) return;
    this.#records[slot] = null;
    this.#slotOf.delete(imageId);
    this.#changed = true;
  }

  /** Makes everything appended so far last: pack first, then the index that names it. */
  async commit(): Promise<void> {
    if (!this.#changed) return;
    try {
      await this.#pack.datasync();
      await this.#writeIndex(this.#generation, this.#records);
    } catch (error) {
      throw writeError(error, indexPath(this.#folder, this.#spec), kept);
    }
    this.#changed = false;
    this.#slotsOnDisk = this.#records.length;
  }

  /** Reads every sample that counts and drops those that are damaged. @returns their images */
  async dropDamaged(signal?: AbortSignal): Promise<number[]> {
    const damaged: number[] = [];
    for (const [imageId, slot] of [...this.#slotOf]) {
      signal?.throwIfAborted();
      if ((await this.#readRecord(slot, imageId)) === undefined) {
        this.drop(imageId);
        damaged.push(imageId);
      }
    }
    await this.commit();
    await rm(damagePath(this.#folder, this.#spec), { force: true });
    return damaged;
  }

  get usage(): { readonly slots: number; readonly current: number } {
    return { slots: this.#records.length, current: this.#slotOf.size };
  }

  /**
   * Copies what counts into a pack of the next generation and leaves the old one to its readers. Damaged samples stay
   * behind.
   */
  async compact(signal?: AbortSignal): Promise<void> {
    await this.commit();
    const generation = this.#generation + 1;
    const path = join(this.#folder, packName(this.#spec, generation));
    const pack = await open(path, 'w+').catch((error: unknown) => {
      throw writeError(error, path, kept);
    });
    const records: SampleIndex['records'] = [];
    try {
      for (const [imageId, slot] of [...this.#slotOf].sort((a, b) => a[1] - b[1])) {
        signal?.throwIfAborted();
        const record = await this.#readRecord(slot, imageId);
        if (record === undefined) continue;
        await writeFully(pack, record, records.length * record.length);
        records.push(this.#records[slot]!);
      }
      await pack.datasync();
      await this.#writeIndex(generation, records);
    } catch (error) {
      await pack.close();
      await rm(path, { force: true });
      if (signal?.aborted === true) throw error;
      throw writeError(error, path, kept);
    }
    await this.#pack.close();
    this.#pack = pack;
    this.#generation = generation;
    this.#records.splice(0, this.#records.length, ...records);
    this.#slotsOnDisk = records.length;
    this.#slotOf.clear();
    records.forEach((record, slot) => this.#slotOf.set(record![0], slot));
    await removeLeftovers(this.#folder, this.#spec, generation);
  }

  async close(): Promise<void> {
    await this.#pack.close();
  }

  async #writeIndex(generation: number, records: SampleIndex['records']): Promise<void> {
    const index: SampleIndex = { ...emptyIndex, generation, records };
    await writeAtomically(indexPath(this.#folder, this.#spec), (file) =>
      writeFully(file, Buffer.from(JSON.stringify(index))),
    );
  }

  /** Undefined when the record is damaged or another image's. */
  async #readRecord(slot: number, imageId: number): Promise<Buffer | undefined> {
    const record = Buffer.alloc(recordBytes(this.#spec));
    const { bytesRead } = await this.#pack.read(record, 0, record.length, slot * record.length);
    const header = bytesRead === record.length ? decodeHeader(record) : undefined;
    const whole = header?.imageId === imageId && header.contentCrc === crc32(record.subarray(headerBytes));
    return whole ? record : undefined;
  }
}

/** Packs of other generations and temporary files that a killed process left. */
async function removeLeftovers(folder: string, spec: SampleSpec, generation: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const other = generationOf(spec, name);
    const left = (other !== undefined && other !== generation) || name.endsWith(temporaryEnding);
    // On Windows a pack that somebody still reads cannot go yet; a later preparation removes it.
    if (left) await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** Whether a reader has met a damaged record since the last full check. */
export function isMarkedDamaged(folder: string, spec: SampleSpec): boolean {
  try {
    readFileSync(damagePath(folder, spec));
    return true;
  } catch {
    return false;
  }
}
