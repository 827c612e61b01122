/**
 * Takes image files into the project: adds the new ones, follows the moved and the changed, marks the missing. Changes no
 * file. Convention: in the order of the paths, batch by batch, each batch in one transaction: killed in between, the
 * project is whole and the next import goes on.
 */
import { extname } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { ImageRecord, NewImage, ProjectStore } from '../../store/types.ts';
import { mapBounded } from '../../bounded.ts';
import { hashFile } from '../images/hash-image.ts';
import { ImageError } from '../images/image-error.ts';
import type { ImportedImages } from './import-report.ts';
import { probeWholeImage } from '../images/probe-image.ts';
import type { ImageProbe } from '../images/probe-image.ts';
import type { FoundFile, SkippedFile } from '../masks/scan-folder.ts';
import type { SeenFiles } from './file-cache.ts';
import { formatOfEnding } from '../images/formats/formats.ts';

/** What masks have to fit. In a dry run there is no record yet. */
export interface TakenImage {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  readonly hash: string;
  readonly id: number | undefined;
}

export interface ImportImagesOptions {
  readonly dryRun: boolean;
  /** Reads every file again, also those whose size and time have not changed. */
  readonly verify: boolean;
  /** Takes images back that a person removed from the project. */
  readonly restoreRemoved: boolean;
  readonly signal: AbortSignal | undefined;
  readonly seen: SeenFiles;
  /** Called with the number of files just done. */
  readonly onDone: (files: number) => void;
}

const BATCH = 64;
const AT_ONCE = 4;

interface Examined {
  readonly file: FoundFile;
  readonly record: ImageRecord | undefined;
  readonly hash: string;
  /** Undefined: the content is what the record says. */
  readonly probe: ImageProbe | undefined;
}

/**
 * @param files the image files that are there
 * @param present every path that is there, masks included: what is not among them is missing
 */
export async function importImages(
  store: ProjectStore,
  files: readonly FoundFile[],
  present: ReadonlySet<string>,
  options: ImportImagesOptions,
): Promise<{
  readonly report: ImportedImages;
  readonly taken: ReadonlyMap<string, TakenImage>;
  readonly removed: readonly string[];
}> {
  const known = new Map(store.images.all().map((record) => [record.path, record]));
  const removed = new Map(store.images.removed().map((record) => [record.path, record]));
  const lost = new Map(
    [...known.values()].filter(({ path }) => !present.has(path)).map((record) => [record.id, record]),
  );
  const lostByHash = Map.groupBy(lost.values(), ({ hash }) => hash);
  const lists = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
  const moved: { from: string; to: string }[] = [];
  const skipped: SkippedFile[] = [];
  const notes: SkippedFile[] = [];
  const taken = new Map<string, TakenImage>();
  const backAgain: number[] = [];
  let unchanged = 0;

  const examine = async (file: FoundFile): Promise<Examined | undefined> => {
    const record = known.get(file.path);
    const same = record?.bytes === file.bytes && record.modifiedAt === file.modifiedAt && !options.verify;
    try {
      if (record && same) return { file, record, hash: record.hash, probe: undefined };
      const { hashes, probes } = options.seen;
      const hash = await hashes.of(file, () => hashFile(file.absolute, options.signal));
      const isKnown = record?.hash === hash;
      const probe = isKnown ? undefined : await probes.of(file, () => probeWholeImage(file.absolute, file.path));
      return { file, record, hash, probe };
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      skipped.push({ path: file.path, code: error.code, message: error.message.replaceAll(file.absolute, file.path) });
      return undefined;
    }
  };

  const takeRecord = (record: ImageRecord): void => {
    const { path, width, height, orientation, hash, id } = record;
    taken.set(path, { path, width, height, orientation, hash, id });
  };

  /** Found again under another name, with its labels. */
  const findMoved = (hash: string): ImageRecord | undefined => lostByHash.get(hash)?.find(({ id }) => lost.has(id));

  const takeKnown = (record: ImageRecord, { file, hash, probe }: Examined): void => {
    if (record.missing) backAgain.push(record.id);
    const facts = { bytes: file.bytes, modifiedAt: file.modifiedAt, hash, ...(probe ? factsOf(probe) : {}) };
    const differs = record.modifiedAt !== file.modifiedAt || record.hash !== hash;
    try {
      takeRecord(options.dryRun || !differs ? { ...record, ...facts } : store.images.update(record.id, facts));
      if (probe) lists.changed.push(file.path);
      else unchanged++;
    } catch (error) {
      if (!(error instanceof MambrushError && error.code === 'image-size-changed')) throw error;
      skipped.push({ path: file.path, code: error.code, message: error.message });
    }
  };

  const takeMoved = (from: ImageRecord, examined: Examined): void => {
    const { file } = examined;
    lost.delete(from.id);
    moved.push({ from: from.path, to: file.path });
    if (!options.dryRun) store.images.move(from.id, file.path);
    takeKnown({ ...from, path: file.path }, { ...examined, probe: undefined });
    unchanged--;
  };

  const takeBatch = (batch: readonly (Examined | undefined)[]): void => {
    const fresh: NewImage[] = [];
    for (const examined of batch) {
      if (!examined) continue;
      const { file, record, hash, probe } = examined;
      if (probe) notes.push(...notesOf(file.path, probe));
      if (record) {
        takeKnown(record, examined);
        continue;
      }
      const before = removed.get(file.path);
      if (before?.hash === hash && !options.restoreRemoved) {
        lists.removed.push(file.path);
        continue;
      }
      const from = findMoved(hash);
      if (from) takeMoved(from, examined);
      else if (before?.hash === hash) {
        lists.added.push(file.path);
        takeRecord(options.dryRun ? before : store.images.restore([before.id])[0]!);
      } else if (probe) {
        lists.added.push(file.path);
        const image = { path: file.path, bytes: file.bytes, modifiedAt: file.modifiedAt, hash, ...factsOf(probe) };
        if (options.dryRun) taken.set(file.path, { ...image, id: undefined });
        else fresh.push(image);
      }
    }
    if (fresh.length > 0) store.images.add(fresh).forEach(takeRecord);
  };

  for (let from = 0; from < files.length; from += BATCH) {
    options.signal?.throwIfAborted();
    const batch = files.slice(from, from + BATCH);
    const examined = await mapBounded(batch, AT_ONCE, async (file) => {
      options.signal?.throwIfAborted();
      const result = await examine(file);
      options.onDone(1);
      return result;
    });
    takeBatch(examined);
  }
  if (!options.dryRun) {
    if (backAgain.length > 0) store.images.markMissing(backAgain, false);
    const gone = [...lost.values()].filter(({ missing }) => !missing).map(({ id }) => id);
    if (gone.length > 0) store.images.markMissing(gone, true);
  }
  const report = {
    found: files.length,
    ...lists,
    moved,
    unchanged,
    missing: [...lost.values()].map(({ path }) => path),
    // Several are read at once, so they came in any order.
    skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : 1)),
    notes,
    duplicates: duplicatesOf(taken),
    total: options.dryRun ? known.size + lists.added.length : store.images.count(),
  };
  return { report, taken, removed: lists.removed };
}

function factsOf({ width, height, channels, bits, format, orientation }: ImageProbe) {
  return { width, height, channels, bits, format, orientation };
}

function notesOf(path: string, probe: ImageProbe): SkippedFile[] {
  const notes: SkippedFile[] = [];
  if (probe.pages > 1) {
    notes.push({
      path,
      code: 'image-first-page',
      message: `${path} has ${probe.pages} pages or frames; only the first is used.`,
    });
  }
  if (formatOfEnding(extname(path)) !== probe.format) {
    const message = `${path} is really a ${probe.format.toUpperCase()} file; it is read as one.`;
    notes.push({ path, code: 'image-other-format', message });
  }
  return notes;
}

function duplicatesOf(taken: ReadonlyMap<string, TakenImage>): string[][] {
  const groups = Map.groupBy(taken.values(), ({ hash }) => hash);
  return [...groups.values()].filter((group) => group.length > 1).map((group) => group.map(({ path }) => path));
}
