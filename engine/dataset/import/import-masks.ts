/**
 * Takes mask files into the project as labels: what their values mean, and into the store. Changes no file. Convention: one
 * image is one transaction, and what was taken already is left alone without reading it: killed in between, the next import
 * goes on; labels that a person has worked on are never replaced.
 */
import { hash } from 'node:crypto';
import { basename } from 'node:path';
import type { FileNote, ImportReport, Remark } from '../../contract/dataset.ts';
import type { ProjectStore } from '../../store/types.ts';
import { mapWeighted } from '../../bounded.ts';
import { decideMaskReading } from '../masks/decide-mask-reading.ts';
import { inTurns } from '../masks/in-turns.ts';
import type { MaskInterpretation, MaskReading } from '../masks/mask-reading.ts';
import type { FoundFile } from '../masks/scan-folder.ts';
import type { MaskSurvey } from '../masks/survey-mask.ts';
import type { MaskFolder } from './mask-folder.ts';
import { byPath, foregroundOf, readMasks, surveyMasks } from './masks-of-image.ts';
import type { MaskWork } from './masks-of-image.ts';
import { pairMasks } from './pair-masks.ts';
import type { MaskPair, PairingImages } from './pair-masks.ts';
import { standingOf, storeImported } from './stored-labels.ts';
import { takeClasses } from './take-classes.ts';

interface ImportMasksOptions extends Omit<MaskWork, 'skipped'> {
  readonly folder: string;
  readonly dryRun: boolean;
  readonly interpretation?: MaskInterpretation | undefined;
  readonly invert?: boolean | undefined;
  /** The folder that was named for the masks; all of them lie in it. */
  readonly maskFolder?: MaskFolder | undefined;
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

interface SurveyedPair extends SortedPair {
  readonly surveys: readonly MaskSurvey[];
}

type Match = ImportReport['matches'][number];

export async function importMasks(
  store: ProjectStore,
  images: PairingImages,
  masks: readonly FoundFile[],
  options: ImportMasksOptions,
) {
  const paired = await pairMasks(options.folder, images, masks, options.maskFolder);
  const { pairs, unmatched, ambiguous, leftOut, notes } = paired;
  const sorted = await sortPairs(store, pairs, options);
  const isDone = sorted.every(({ state }) => state !== 'new');
  if (isDone) options.onDone(2 * masks.length);
  const skipped: FileNote[] = [...leftOut];
  const taken = isDone ? undefined : await takeNew(store, sorted, { ...options, skipped });
  const imported = taken?.imported ?? [];
  const kept = [
    ...sorted.filter(({ state }) => state === 'kept').map(({ pair }) => nameOf(pair)),
    ...(taken?.kept ?? []),
  ];
  const report = {
    masks: {
      found: masks.length,
      matched: pairs.reduce((total, pair) => total + pair.masks.length, 0),
      imported: imported.length,
      unchanged: sorted.filter(({ state }) => state === 'unchanged').length + (taken?.unchanged ?? 0),
      kept: kept.length,
    },
    reading: taken?.reading ?? null,
    classes: taken?.classes ?? store.classes.all(),
    matches: [...imported, ...kept],
    keptLabels: kept.map(({ image }) => image),
    unmatchedMasks: [...unmatched],
    skipped: [...(isDone ? skipped : skipped.sort(byPath)), ...ambiguous],
    notes: [...notes, ...(taken?.notes ?? [])],
    choices: taken?.choices ?? [],
    warnings: taken?.warnings ?? [],
  } satisfies Partial<ImportReport>;
  return { report, imagesWithoutMask: images.taken.size - pairs.length };
}

interface TakenMasks extends Pick<ImportReport, 'reading' | 'classes' | 'choices' | 'warnings' | 'notes'> {
  readonly imported: readonly Match[];
  readonly kept: readonly Match[];
  readonly unchanged: number;
}

/** Reads the new masks as all of the folder are understood together, also those that were taken before. */
async function takeNew(
  store: ProjectStore,
  sorted: readonly SortedPair[],
  options: ImportMasksOptions & MaskWork,
): Promise<TakenMasks> {
  const surveyed = await mapWeighted(sorted, bounds, async (entry): Promise<SurveyedPair | undefined> => {
    const surveys = await surveyMasks(entry.pair, options, entry.state === 'new' ? 1 : 2);
    return surveys && { ...entry, surveys };
  });
  const usable = surveyed.filter((entry) => entry !== undefined);
  const existing = store.classes.all();
  const { interpretation, invert, dryRun } = options;
  const decision = decideMaskReading(
    usable.flatMap(({ surveys }) => surveys),
    { interpretation, invert, existing },
  );
  const wanted = usable.filter(({ state }) => state === 'new');
  if (wanted.length === 0) {
    const nothing = { imported: [], kept: [], unchanged: 0, notes: [], choices: [], warnings: [] };
    return { ...nothing, reading: null, classes: existing };
  }
  const { reading, code, text, notes: remarks, choices } = decision;
  const classes = takeClasses(store, existing, reading.classes, dryRun);
  const { foreground, ...taken } = await storeAll(store, wanted, reading, options);
  return {
    ...taken,
    classes,
    reading: { code, message: text },
    choices: [...choices],
    warnings: [...remarks, ...remarksOn(foreground, reading)],
  };
}

async function sortPairs(
  store: ProjectStore,
  pairs: readonly MaskPair[],
  options: ImportMasksOptions,
): Promise<SortedPair[]> {
  const sorted: SortedPair[] = [];
  for await (const pair of inTurns(pairs)) {
    options.signal?.throwIfAborted();
    const source = sourceOf(pair, options);
    sorted.push({ pair, source, state: standingOf(store, pair.image.id, source) });
  }
  return sorted;
}

/** The same masks, read in the same way, have the same source. */
function sourceOf({ masks }: MaskPair, options: ImportMasksOptions): string {
  const { interpretation = 'auto', invert = false, maskFolder } = options;
  // Projects have noted masks of a folder elsewhere under this name, whatever the folder is called.
  const noted = (path: string): string =>
    maskFolder?.isOutside === true ? `\0masks${path.slice(maskFolder.path.length)}` : path;
  const files = masks.map(({ path, bytes, modifiedAt }) => [noted(path), bytes, modifiedAt]);
  return hash('sha256', JSON.stringify([interpretation, invert, files]));
}

async function storeAll(
  store: ProjectStore,
  wanted: readonly SortedPair[],
  reading: MaskReading,
  options: ImportMasksOptions & MaskWork,
): Promise<Pick<TakenMasks, 'imported' | 'kept' | 'unchanged' | 'notes'> & { readonly foreground: readonly number[] }> {
  const notes: FileNote[] = [];
  const stored = await mapWeighted(wanted, bounds, async ({ pair, source }) => {
    const labels = await readMasks(pair, reading, options, notes);
    if (labels === undefined) return undefined;
    const foreground = await foregroundOf(labels);
    const note = { dryRun: options.dryRun, description: descriptionOf(pair), source };
    return { match: nameOf(pair), foreground, state: await storeImported(store, pair.image.id, labels, note) };
  });
  const done = stored.filter((one) => one !== undefined);
  const { imported = [], kept = [], unchanged = [] } = Object.groupBy(done, ({ state }) => state);
  return {
    imported: imported.map(({ match }) => match),
    kept: kept.map(({ match }) => match),
    unchanged: unchanged.length,
    notes: notes.sort(byPath),
    foreground: imported.map(({ foreground }) => foreground),
  };
}

/** @param foreground shares, of every image that got labels */
function remarksOn(foreground: readonly number[], reading: MaskReading): Remark[] {
  if (foreground.length === 0) return [];
  const mean = foreground.reduce((sum, share) => sum + share, 0) / foreground.length;
  if (mean === 0) {
    const all = foreground.length === 1 ? 'The mask is' : `All ${foreground.length} masks are`;
    const message = `${all} empty, so there is background only. A network needs some with objects to learn from.`;
    return [{ code: 'masks-empty', message }];
  }
  const inverts = (reading.scheme === 'nonzero' || reading.scheme === 'half') && !reading.invert;
  if (!inverts || mean < MUCH_FOREGROUND) return [];
  const percent = `${Math.round(100 * mean)} %`;
  const message = `On average ${percent} of a picture is the class. If the dark part is meant, import again with inverted masks.`;
  return [{ code: 'masks-mostly-class', message }];
}

function nameOf({ image, masks }: MaskPair): Match {
  return { image: image.path, masks: masks.map(({ path }) => path) };
}

function descriptionOf({ masks }: MaskPair): string {
  const [first] = masks;
  return masks.length === 1 && first !== undefined
    ? `import of ${basename(first.path)}`
    : `import of ${masks.length} masks`;
}
