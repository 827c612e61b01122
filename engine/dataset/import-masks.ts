/**
 * Takes mask files into the project as labels: which mask belongs to which image, what its values mean, and into the
 * store. Changes no file. Convention: one image after the other, each in one transaction, and what is there already is
 * left alone: killed in between, the next import goes on; labels that a person has worked on are never replaced.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { basename } from 'node:path';
import type { ClassRecord, ProjectStore } from '../store/types.ts';
import { mapBounded } from './bounded.ts';
import { decideMaskReading } from './decide-mask-reading.ts';
import { ImageError } from './image-error.ts';
import type { TakenImage } from './import-images.ts';
import type { ImportedClass, ImportedMask, ImportedMasks } from './import-report.ts';
import { findInstanceMasks } from './instance-masks.ts';
import { loadMask } from './load-mask.ts';
import { MaskError } from './mask-reading.ts';
import type { MaskInterpretation, MaskReading } from './mask-reading.ts';
import { matchMasks } from './match-masks.ts';
import { labelsOfPlane, waysToFit } from './read-mask.ts';
import type { MaskFit, MaskFitNote } from './read-mask.ts';
import type { FoundFile, SkippedFile } from './scan-folder.ts';
import { surveyMask } from './survey-mask.ts';
import type { MaskSurvey } from './survey-mask.ts';

export interface ImportMasksOptions {
  readonly dryRun: boolean;
  readonly interpretation?: MaskInterpretation | undefined;
  readonly invert?: boolean | undefined;
  /** Of `masks`, the folder in which all of them lie, when somebody named one. */
  readonly masksFolder?: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called with the number of files just read; every mask is read twice. */
  readonly onDone: (files: number) => void;
}

const AT_ONCE = 4;
const UNLABELLED = 255;

interface Pair {
  readonly image: TakenImage;
  readonly masks: readonly FoundFile[];
}

/** @param taken the images that are there, by path */
export async function importMasks(
  store: ProjectStore,
  taken: ReadonlyMap<string, TakenImage>,
  masks: readonly FoundFile[],
  options: ImportMasksOptions,
): Promise<{ readonly report: ImportedMasks; readonly classes: readonly ImportedClass[] }> {
  const { pairs, unmatched, ambiguous } = pairUp(store.folder, taken, masks, options.masksFolder);
  const skipped: SkippedFile[] = [];
  const notes: SkippedFile[] = [];
  const sound = await surveyAll(pairs, options, skipped);
  const existing = store.classes.all();
  const {
    reading,
    text,
    notes: remarks,
    choices,
  } = decideMaskReading(
    sound.flatMap(({ surveys }) => surveys),
    { interpretation: options.interpretation, invert: options.invert, existing },
  );
  const { classes, indexOf } = sound.length > 0 ? takeClasses(store, reading, options.dryRun) : kept(existing);
  const lists = { imported: [] as ImportedMask[], kept: [] as ImportedMask[] };
  let unchanged = 0;

  const read = async ({ image, masks: files }: Pair): Promise<Uint8Array | undefined> => {
    let labels: Uint8Array | undefined;
    for (const file of files) {
      options.signal?.throwIfAborted();
      try {
        const one = await labelsOfPlane(await loadMask(file.absolute), reading, fitOf(image), file.path);
        notes.push(...fitNotes(file.path, image.path, one.fit));
        labels = labels === undefined ? one.labels : join(labels, one.labels);
      } catch (error) {
        skipped.push(skippedBy(error, file));
        return undefined;
      } finally {
        options.onDone(1);
      }
    }
    return labels;
  };

  // Reading overlaps; writing is one transaction after the other, in the order of the images.
  for (let from = 0; from < sound.length; from += AT_ONCE) {
    options.signal?.throwIfAborted();
    const batch = sound.slice(from, from + AT_ONCE);
    const maps = await mapBounded(batch, AT_ONCE, ({ pair }) => read(pair));
    for (const [at, { pair }] of batch.entries()) {
      const labels = maps[at];
      if (labels === undefined) continue;
      for (let i = 0; i < labels.length; i++) labels[i] = indexOf[labels[i]!]!;
      const entry = describe(pair, labels);
      if (pair.image.id === undefined) lists.imported.push(entry);
      else if (hasPersonsWork(store, pair.image.id)) lists.kept.push(entry);
      else if (options.dryRun ? sameAsStored(store, pair.image.id, labels) : !write(store, pair, labels)) unchanged++;
      else lists.imported.push(entry);
      await breathe();
    }
  }
  const withMask = new Set(sound.map(({ pair }) => pair.image.path));
  const report: ImportedMasks = {
    reading: sound.length > 0 ? text : undefined,
    ...lists,
    unchanged,
    unmatched,
    ambiguous,
    // Reading overlaps, so they came in any order.
    skipped: skipped.sort((a, b) => (a.path < b.path ? -1 : 1)),
    notes,
    remarks: sound.length > 0 ? remarks : [],
    choices: sound.length > 0 ? choices : [],
    imagesWithoutMask: [...taken.keys()].filter((path) => !withMask.has(path)).length,
  };
  return { report, classes };
}

function pairUp(
  folder: string,
  taken: ReadonlyMap<string, TakenImage>,
  masks: readonly FoundFile[],
  masksFolder: string | undefined,
): { pairs: Pair[]; unmatched: readonly string[]; ambiguous: ImportedMasks['ambiguous'] } {
  const files = new Map(masks.map((file) => [file.path, file]));
  const images = [...taken.keys()];
  const matched = matchMasks(images, [...files.keys()], masksFolder);
  const named = new Set(matched.matches.map(({ image }) => image));
  const instances = findInstanceMasks(images, matched.unmatched, basename(folder));
  const joined = [...instances].filter(([image]) => !named.has(image));
  const joinedMasks = new Set(joined.flatMap(([, list]) => list));
  const byImage = new Map<string, readonly string[]>([
    ...matched.matches.map(({ image, mask }) => [image, [mask]] as const),
    ...joined,
  ]);
  const pairs: Pair[] = [];
  for (const path of images) {
    const names = byImage.get(path);
    if (names !== undefined) pairs.push({ image: taken.get(path)!, masks: names.map((name) => files.get(name)!) });
  }
  return { pairs, unmatched: matched.unmatched.filter((mask) => !joinedMasks.has(mask)), ambiguous: matched.ambiguous };
}

interface SurveyedPair {
  readonly pair: Pair;
  readonly surveys: readonly MaskSurvey[];
}

/** Counts the values of every mask. A mask that cannot be read, or does not fit, leaves its image without labels. */
async function surveyAll(
  pairs: readonly Pair[],
  options: ImportMasksOptions,
  skipped: SkippedFile[],
): Promise<SurveyedPair[]> {
  const surveyed = await mapBounded(pairs, AT_ONCE, async (pair): Promise<SurveyedPair | undefined> => {
    const surveys: MaskSurvey[] = [];
    for (const file of pair.masks) {
      options.signal?.throwIfAborted();
      try {
        const plane = await loadMask(file.absolute);
        waysToFit(plane, fitOf(pair.image), file.path);
        surveys.push(await surveyMask(file.path, plane));
      } catch (error) {
        skipped.push(skippedBy(error, file));
        return undefined;
      } finally {
        options.onDone(1);
      }
    }
    return { pair, surveys };
  });
  return surveyed.filter((entry) => entry !== undefined);
}

function fitOf({ width, height, orientation }: TakenImage): MaskFit {
  return { expectWidth: width, expectHeight: height, orientation };
}

function skippedBy(error: unknown, file: FoundFile): SkippedFile {
  if (!(error instanceof ImageError || error instanceof MaskError)) throw error;
  return { path: file.path, code: error.code, message: error.message.replaceAll(file.absolute, file.path) };
}

function fitNotes(mask: string, image: string, fit: readonly MaskFitNote[]): SkippedFile[] {
  const words: Record<MaskFitNote, string> = {
    turned: `${mask} was turned as the camera's note says of ${image}.`,
    'orientation-unsure': `${image} carries a note to turn it, and ${mask} fits both ways; it is taken as upright. Have a look.`,
    resized: `${mask} was stretched to the size of ${image}.`,
  };
  return fit.map((note) => ({ path: mask, code: `mask-${note}`, message: words[note] }));
}

/** One object over another: a class wins over background, and anything over unlabelled. Overwrites `first`. */
function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  for (let i = 0; i < first.length; i++) {
    const other = second[i]!;
    if (other !== UNLABELLED && (other !== 0 || first[i] === UNLABELLED)) first[i] = other;
  }
  return first;
}

/** What the reading calls class i, as the project has it by now. @returns a table from read to stored indices */
function takeClasses(
  store: ProjectStore,
  { classes: hints }: MaskReading,
  dryRun: boolean,
): { classes: ImportedClass[]; indexOf: Uint8Array } {
  const before = store.classes.all();
  const known = new Map(before.map(({ name }) => [name, true]));
  const fresh = hints.filter(({ name }) => !known.has(name));
  if (!dryRun) for (const { name, color } of fresh) store.classes.add({ name, color });
  const names = dryRun ? [...before, ...fresh].map(({ name }) => name) : store.classes.all().map(({ name }) => name);
  const indexOf = new Uint8Array(256).fill(UNLABELLED);
  indexOf[0] = 0;
  for (const [at, { name }] of hints.entries()) indexOf[at + 1] = names.indexOf(name) + 1;
  return { classes: names.map((name, at) => ({ index: at + 1, name, added: !known.has(name) })), indexOf };
}

function kept(existing: readonly ClassRecord[]): { classes: ImportedClass[]; indexOf: Uint8Array } {
  return {
    classes: existing.map(({ index, name }) => ({ index, name, added: false })),
    indexOf: Uint8Array.from({ length: 256 }, (_, value) => value),
  };
}

function describe({ image, masks }: Pair, labels: Uint8Array): ImportedMask {
  let labelled = 0;
  let foreground = 0;
  for (const label of labels) {
    if (label === UNLABELLED) continue;
    labelled++;
    if (label !== 0) foreground++;
  }
  return { image: image.path, masks: masks.map(({ path }) => path), foreground: foreground / Math.max(1, labelled) };
}

function hasPersonsWork(store: ProjectStore, image: number): boolean {
  return store.labels.history(image).some(({ origin, undone }) => origin !== 'imported' && !undone);
}

function sameAsStored(store: ProjectStore, image: number, labels: Uint8Array): boolean {
  const stored = store.labels.read(image);
  return stored !== undefined && Buffer.compare(stored, labels) === 0;
}

/** @returns whether anything differed */
function write(store: ProjectStore, { image, masks }: Pair, labels: Uint8Array): boolean {
  const [first] = masks;
  const description =
    masks.length === 1 && first !== undefined ? `import of ${first.path}` : `import of ${masks.length} masks`;
  return store.labels.write(image.id!, labels, { origin: 'imported', description, state: 'done' }) !== undefined;
}
