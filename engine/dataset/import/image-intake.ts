/**
 * What becomes of image files in the project: they are new, known, changed, moved, or were taken out by a person. Reads no
 * file. Convention: a batch is one transaction; a dry run writes nothing and reports the same.
 */
import { extname } from 'node:path';
import type { FileNote, ImportReport } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import type { ImageRecord, NewImage, ProjectStore } from '../../store/types.ts';
import { formatOfEnding } from '../images/formats/formats.ts';
import type { ImageProbe } from '../images/probe-image.ts';
import type { FoundFile } from '../masks/scan-folder.ts';

/** What masks have to fit. */
export interface TakenImage extends Pick<ImageRecord, 'path' | 'width' | 'height' | 'orientation' | 'hash'> {
  /** Undefined in a dry run, where there is no record yet. */
  readonly id: number | undefined;
}

export interface ExaminedImage {
  readonly file: FoundFile;
  readonly record: ImageRecord | undefined;
  readonly hash: string;
  /** Undefined: the content is what the record says. */
  readonly probe: ImageProbe | undefined;
}

export class ImageIntake {
  readonly taken = new Map<string, TakenImage>();
  readonly changes: Omit<ImportReport['changes'], 'missing'> = { updated: [], moved: [], removed: [] };
  readonly skipped: FileNote[] = [];
  readonly notes: FileNote[] = [];
  added = 0;
  unchanged = 0;
  readonly #store: ProjectStore;
  readonly #dryRun: boolean;
  readonly #known: ReadonlyMap<string, ImageRecord>;
  readonly #removed: ReadonlyMap<string, ImageRecord>;
  /** Images whose files are not there, by id: each may be found again under another name. */
  readonly #lost: Map<number, ImageRecord>;
  readonly #lostByHash: ReadonlyMap<string, readonly ImageRecord[]>;
  readonly #backAgain: number[] = [];

  /** @param present every path that is there: what is not among them is missing */
  constructor(store: ProjectStore, present: ReadonlySet<string>, dryRun: boolean) {
    this.#store = store;
    this.#dryRun = dryRun;
    this.#known = new Map(store.images.all().map((record) => [record.path, record]));
    this.#removed = new Map(store.images.removed().map((record) => [record.path, record]));
    const lost = [...this.#known.values()].filter(({ path }) => !present.has(path));
    this.#lost = new Map(lost.map((record) => [record.id, record]));
    this.#lostByHash = Map.groupBy(lost, ({ hash }) => hash);
  }

  recordOf(path: string): ImageRecord | undefined {
    return this.#known.get(path);
  }

  takeBatch(batch: readonly ExaminedImage[]): void {
    const fresh = batch.map((examined) => this.#take(examined)).filter((image) => image !== undefined);
    if (fresh.length > 0) this.#store.images.add(fresh).forEach((record) => this.#remember(record));
  }

  /** Marks what is gone and what came back. @returns the paths of what is gone */
  finish(): string[] {
    const lost = [...this.#lost.values()];
    if (!this.#dryRun) {
      if (this.#backAgain.length > 0) this.#store.images.markMissing(this.#backAgain, false);
      const gone = lost.filter(({ missing }) => !missing).map(({ id }) => id);
      if (gone.length > 0) this.#store.images.markMissing(gone, true);
    }
    return lost.map(({ path }) => path);
  }

  #take(examined: ExaminedImage): NewImage | undefined {
    const { file, record, hash, probe } = examined;
    const { path } = file;
    if (probe) this.notes.push(...notesOf(path, probe));
    if (record) {
      this.#takeKnown(record, examined);
      return undefined;
    }
    if (this.#removed.get(path)?.hash === hash) {
      this.changes.removed.push(path);
      return undefined;
    }
    const from = this.#lostByHash.get(hash)?.find(({ id }) => this.#lost.has(id));
    if (from) {
      this.#takeMoved(from, examined);
      return undefined;
    }
    return probe && this.#takeNew(file, hash, probe);
  }

  #takeNew({ path, bytes, modifiedAt }: FoundFile, hash: string, probe: ImageProbe): NewImage | undefined {
    this.added++;
    const image = { path, bytes, modifiedAt, hash, ...factsOf(probe) };
    if (!this.#dryRun) return image;
    this.taken.set(path, { ...image, id: undefined });
    return undefined;
  }

  #takeKnown(record: ImageRecord, { file, hash, probe }: ExaminedImage): void {
    if (record.missing) this.#backAgain.push(record.id);
    const facts = { bytes: file.bytes, modifiedAt: file.modifiedAt, hash, ...(probe ? factsOf(probe) : {}) };
    const isSame = record.modifiedAt === file.modifiedAt && record.hash === hash;
    try {
      const isWritten = !this.#dryRun && !isSame;
      this.#remember(isWritten ? this.#store.images.update(record.id, facts) : { ...record, ...facts });
      if (probe) this.changes.updated.push(file.path);
      else this.unchanged++;
    } catch (error) {
      if (!(error instanceof MambrushError && error.code === 'image-size-changed')) throw error;
      this.skipped.push({ path: file.path, code: error.code, message: error.message });
    }
  }

  /** Found again under another name, with its labels. */
  #takeMoved(from: ImageRecord, examined: ExaminedImage): void {
    const { path } = examined.file;
    this.#lost.delete(from.id);
    this.changes.moved.push({ from: from.path, to: path });
    if (!this.#dryRun) this.#store.images.move(from.id, path);
    this.#takeKnown({ ...from, path }, { ...examined, probe: undefined });
    this.unchanged--;
  }

  #remember({ path, width, height, orientation, hash, id }: ImageRecord): void {
    this.taken.set(path, { path, width, height, orientation, hash, id });
  }
}

function factsOf({ width, height, channels, bits, format, orientation }: ImageProbe) {
  return { width, height, channels, bits, format, orientation };
}

function notesOf(path: string, probe: ImageProbe): FileNote[] {
  const notes: FileNote[] = [];
  if (probe.pages > 1) {
    const message = `${path} has ${probe.pages} pages or frames; only the first is used.`;
    notes.push({ path, code: 'image-first-page', message });
  }
  if (formatOfEnding(extname(path)) !== probe.format) {
    const message = `${path} is really a ${probe.format.toUpperCase()} file; it is read as one.`;
    notes.push({ path, code: 'image-other-format', message });
  }
  return notes;
}
