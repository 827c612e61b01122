/**
 * Takes mask files into the project as labels: what their values mean, and into the store. Changes no file. Convention: one
 * image is one transaction, and what was taken already is left alone without reading it: killed in between, the next import
 * goes on; labels that a person has worked on are never replaced.
 */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Remark } from '../../contract/dataset.ts';
import type { ProjectStore } from '../../store/types.ts';
import { mapWeighted } from '../../bounded.ts';
import { decideMaskReading } from '../masks/decide-mask-reading.ts';
import { ImageError } from '../images/image-error.ts';
import type { TakenImage } from './import-images.ts';
import type { ImportedClass, ImportedMask, ImportedMasks } from './import-report.ts';
import { inBands } from '../../in-bands.ts';
import { loadMask } from '../masks/load-mask.ts';
import { MaskError, UNLABELLED } from '../masks/mask-reading.ts';
import type { MaskInterpretation, MaskReading } from '../masks/mask-reading.ts';
import { pairMasks } from './pair-masks.ts';
import type { MaskPair, PairingImages } from './pair-masks.ts';
import { labelsOfPlane, waysToFit } from '../masks/read-mask.ts';
import type { MaskFit, MaskFitNote } from '../masks/read-mask.ts';
import type { FoundFile, SkippedFile } from '../masks/scan-folder.ts';
import type { SeenFiles } from './file-cache.ts';
import { standingOf, storeImported } from './stored-labels.ts';
import { surveyMask } from '../masks/survey-mask.ts';
import type { MaskSurvey } from '../masks/survey-mask.ts';
import { takeClasses } from './take-classes.ts';

export interface ImportMasksOptions {
  /** Whose images and masks these are. */
  readonly folder: string;
  readonly dryRun: boolean;
  readonly interpretation?: MaskInterpretation | undefined;
  readonly invert?: boolean | undefined;
  /** Of `masks`, the folder in which all of them lie, when somebody named one. */
  readonly masksFolder?: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly seen: SeenFiles;
  /** Called with the number of files just read; every mask is read twice. */
  readonly onDone: (files: number) => void;
}

/** Several small masks are read at once, and a very large one alone. */
const bounds = {
  atOnce: 4,
  weight: 64_000_000,
  weightOf: ({ pair: { image } }: { readonly pair: MaskPair }): number => 3 * image.width * image.height,
};
/** Of so much foreground on average it is worth asking whether the masks are inverted. */
const MUCH_FOREGROUND = 0.8;

interface SortedPair {
  readonly pair: MaskPair;
  readonly source: string;
  readonly state: 'new' | 'unchanged' | 'kept';
}

export async function importMasks(
  store: ProjectStore,
  images: PairingImages,
  masks: readonly FoundFile[],
  options: ImportMasksOptions,
): Promise<{ readonly report: ImportedMasks; readonly classes: readonly ImportedClass[] }> {
  const paired = await pairMasks(options.folder, images, masks, options.masksFolder);
  const { pairs, unmatched, ambiguous, leftOut, notes } = paired;
  const sorted = await sortPairs(store, pairs, options);
  const kept = sorted.filter(({ state }) => state === 'kept').map(({ pair }) => nameOf(pair));
  const found = {
    found: masks.length,
    matched: pairs.reduce((total, pair) => total + pair.masks.length, 0),
    kept,
    unmatched,
    ambiguous,
    imagesWithoutMask: images.taken.size - pairs.length,
  };
  const before = sorted.filter(({ state }) => state === 'unchanged').length;
  const existing = store.classes.all();
  if (before + kept.length === pairs.length) {
    options.onDone(2 * masks.length);
    const nothing = { reading: undefined, imported: [], skipped: leftOut, remarks: [], choices: [] };
    return {
      report: { ...found, ...nothing, unchanged: before, notes },
      classes: takeClasses(store, existing, undefined, options.dryRun),
    };
  }
  const skipped: SkippedFile[] = [...leftOut];
  const surveyed = await surveyAll(sorted, options, skipped);
  const request = { interpretation: options.interpretation, invert: options.invert, existing };
  const decision = decideMaskReading(
    surveyed.flatMap(({ surveys }) => surveys),
    request,
  );
  const wanted = surveyed.filter(({ state }) => state === 'new');
  const classes = takeClasses(
    store,
    existing,
    wanted.length > 0 ? decision.reading.classes : undefined,
    options.dryRun,
  );
  const took = await takeAll(store, wanted, decision.reading, options, skipped);
  const { reading, code, text, notes: remarks, choices } = decision;
  const report: ImportedMasks = {
    ...found,
    imported: took.imported,
    kept: [...kept, ...took.kept.map(({ image, masks: files }) => ({ image, masks: files }))],
    unchanged: before + took.unchanged,
    // Reading overlaps, so they came in any order.
    skipped: skipped.sort(byPath),
    notes: [...notes, ...took.notes.sort(byPath)],
    ...(wanted.length > 0
      ? { reading: { code, message: text }, remarks: [...remarks, ...remarksOn(took.imported, reading)], choices }
      : { reading: undefined, remarks: [], choices: [] }),
  };
  return { report, classes };
}

function byPath(a: SkippedFile, b: SkippedFile): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}

/** What has to be read, told without reading. */
async function sortPairs(
  store: ProjectStore,
  pairs: readonly MaskPair[],
  options: ImportMasksOptions,
): Promise<SortedPair[]> {
  const sorted: SortedPair[] = [];
  for (const [at, pair] of pairs.entries()) {
    if (at % 100 === 99) await breathe();
    options.signal?.throwIfAborted();
    const source = sourceOf(pair, options);
    const state = standingOf(store, pair.image.id, source);
    sorted.push({ pair, source, state });
  }
  return sorted;
}

/** The same masks, read in the same way, have the same source. */
function sourceOf({ masks }: MaskPair, { interpretation = 'auto', invert = false }: ImportMasksOptions): string {
  const files = masks.map(({ path, bytes, modifiedAt }) => [path, bytes, modifiedAt]);
  return createHash('sha256')
    .update(JSON.stringify([interpretation, invert, files]))
    .digest('hex');
}

interface SurveyedPair extends SortedPair {
  readonly surveys: readonly MaskSurvey[];
}

/**
 * Counts the values of every mask, also of those that were taken before: they are understood together. A mask that cannot
 * be read, or does not fit, leaves its image without labels.
 */
async function surveyAll(
  sorted: readonly SortedPair[],
  options: ImportMasksOptions,
  skipped: SkippedFile[],
): Promise<SurveyedPair[]> {
  const surveyed = await mapWeighted(sorted, bounds, async (entry): Promise<SurveyedPair | undefined> => {
    const surveys: MaskSurvey[] = [];
    for (const file of entry.pair.masks) {
      options.signal?.throwIfAborted();
      try {
        const { survey, ...size } = await options.seen.surveys.of(file, async () => {
          const plane = await loadMask(file.absolute);
          return { survey: await surveyMask(file.path, plane), width: plane.width, height: plane.height };
        });
        waysToFit(size, fitOf(entry.pair.image), file.path);
        surveys.push({ ...survey, path: file.path });
      } catch (error) {
        skipped.push(skippedBy(error, file));
        return undefined;
      } finally {
        options.onDone(entry.state === 'new' ? 1 : 2);
      }
    }
    return { ...entry, surveys };
  });
  return surveyed.filter((entry) => entry !== undefined);
}

async function takeAll(
  store: ProjectStore,
  wanted: readonly SortedPair[],
  reading: MaskReading,
  options: ImportMasksOptions,
  skipped: SkippedFile[],
): Promise<Pick<ImportedMasks, 'imported' | 'unchanged' | 'kept'> & { readonly notes: SkippedFile[] }> {
  const notes: SkippedFile[] = [];
  const taken = await mapWeighted(wanted, bounds, async ({ pair, source }) => {
    const labels = await read(pair, reading, options, skipped, notes);
    if (labels === undefined) return undefined;
    const entry = { ...nameOf(pair), foreground: await foregroundOf(labels) };
    const stored = { dryRun: options.dryRun, description: descriptionOf(pair), source };
    return { entry, state: await storeImported(store, pair.image.id, labels, stored) };
  });
  const of = (state: string): ImportedMask[] =>
    taken.filter((one) => one !== undefined && one.state === state).map((one) => one!.entry);
  return { imported: of('imported'), unchanged: of('unchanged').length, kept: of('kept'), notes };
}

/** All masks of an image as one label map; undefined when one of them cannot be used. */
async function read(
  { image, masks }: MaskPair,
  reading: MaskReading,
  options: ImportMasksOptions,
  skipped: SkippedFile[],
  notes: SkippedFile[],
): Promise<Uint8Array | undefined> {
  let labels: Uint8Array | undefined;
  for (const file of masks) {
    options.signal?.throwIfAborted();
    try {
      const one = await labelsOfPlane(await loadMask(file.absolute), reading, fitOf(image), file.path);
      notes.push(...fitNotes(file.path, image.path, one.fit));
      if (labels === undefined) labels = one.labels;
      else await joinInto(labels, one.labels);
    } catch (error) {
      skipped.push(skippedBy(error, file));
      return undefined;
    } finally {
      options.onDone(1);
    }
  }
  return labels;
}

function fitOf({ width, height, orientation }: TakenImage): MaskFit {
  return { expectWidth: width, expectHeight: height, orientation };
}

function skippedBy(error: unknown, file: FoundFile): SkippedFile {
  if (!(error instanceof ImageError || error instanceof MaskError)) throw error;
  return { path: file.path, code: error.code, message: error.message.replaceAll(file.absolute, file.path) };
}

function fitNotes(mask: string, image: string, fit: readonly MaskFitNote[]): SkippedFile[] {
  const words: Record<MaskFitNote, Omit<SkippedFile, 'path'>> = {
    turned: { code: 'mask-turned', message: `${mask} was turned as the camera's note says of ${image}.` },
    'orientation-unsure': {
      code: 'mask-orientation-unsure',
      message: `${image} carries a note to turn it, and ${mask} fits both ways; it is taken as upright. Have a look.`,
    },
    resized: { code: 'mask-resized', message: `${mask} was stretched to the size of ${image}.` },
  };
  return fit.map((note) => ({ path: mask, ...words[note] }));
}

/** One object over another: a class wins over background, and anything over unlabelled. */
async function joinInto(labels: Uint8Array, more: Uint8Array): Promise<void> {
  await inBands(labels.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const other = more[i]!;
      if (other !== UNLABELLED && (other !== 0 || labels[i] === UNLABELLED)) labels[i] = other;
    }
  });
}

async function foregroundOf(labels: Uint8Array): Promise<number> {
  let labelled = 0;
  let foreground = 0;
  await inBands(labels.length, (from, to) => {
    for (let i = from; i < to; i++) {
      if (labels[i] === UNLABELLED) continue;
      labelled++;
      if (labels[i] !== 0) foreground++;
    }
  });
  return foreground / Math.max(1, labelled);
}

function remarksOn(imported: readonly ImportedMask[], reading: MaskReading): Remark[] {
  if (imported.length === 0) return [];
  const mean = imported.reduce((sum, { foreground }) => sum + foreground, 0) / imported.length;
  if (mean === 0) {
    const all = imported.length === 1 ? 'The mask is' : `All ${imported.length} masks are`;
    const message = `${all} empty, so there is background only. A network needs some with objects to learn from.`;
    return [{ code: 'masks-empty', message }];
  }
  const inverts = (reading.scheme === 'nonzero' || reading.scheme === 'half') && !reading.invert;
  if (!inverts || mean < MUCH_FOREGROUND) return [];
  const percent = `${Math.round(100 * mean)} %`;
  const message = `On average ${percent} of a picture is the class. If the dark part is meant, import again with inverted masks.`;
  return [{ code: 'masks-mostly-class', message }];
}

function nameOf({ image, masks }: MaskPair): { readonly image: string; readonly masks: readonly string[] } {
  return { image: image.path, masks: masks.map(({ path }) => path) };
}

/** For the history of an image's labels. */
function descriptionOf({ masks }: MaskPair): string {
  const [first] = masks;
  return masks.length === 1 && first !== undefined
    ? `import of ${basename(first.path)}`
    : `import of ${masks.length} masks`;
}
