/**
 * Exports masks of images, and where asked for their probabilities and overlays; each item brings its labels when its
 * turn comes. Convention: as in `export-folder.ts`.
 */
import { dirname, join } from 'node:path';
import type { FileNote } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import { mapWeighted } from '../../bounded.ts';
import { ExportFolder } from './export-folder.ts';
import type { FilesReport, Mutable } from './export-folder.ts';
import { labelmeImagePath, writeLabelme } from './export-labelme.ts';
import { planExport } from './export-plan.ts';
import type { ExportFile, ExportItem, ExportOptions } from './export-plan.ts';
import { writeOverlay } from './overlay.ts';
import { writeError, WriteError } from '../../write-error.ts';
import { writeBinaryMask, writeIndexMask, writeMaskArray } from './write-mask.ts';
import { hasUnlabelled } from '../masks/label-map.ts';
import { writeProbabilityArray, writeProbabilityPngs } from './write-probabilities.ts';
import type { AppendProbabilities } from './write-probabilities.ts';

export interface ExportReport extends FilesReport {
  /** Files that are not simply called like their image, because two would have one name. */
  readonly renamed: readonly { readonly path: string; readonly file: string }[];
  readonly failed: readonly FileNote[];
  /** Images with unlabelled pixels, which '0/255' and 'labelme' show as background, as far as their masks were written now. */
  readonly unlabelledAsBackground: readonly string[];
  /** The files of every item, in the items' order, whatever became of them. */
  readonly files: readonly (readonly ExportFile[])[];
}

type ItemOutcome = Mutable<FilesReport> & { readonly failed: FileNote[]; unlabelledAsBackground: boolean };

/** So many images are under way at once, so that reading, computing and writing overlap. */
const itemsAtOnce = 16;
const pixelsAtOnce = 32_000_000;

const kept = 'What was exported before is kept; export again to go on.';

/**
 * @throws WriteError when the folder cannot be written; the signal's reason when aborted; MambrushError
 *   export-path-invalid. What is wrong with one image only is in the report.
 */
export async function exportMasks(
  items: readonly ExportItem[],
  options: ExportOptions,
  { signal, onProgress }: LongWork = {},
): Promise<ExportReport> {
  const plan = planExport(items, options);
  const { outputFolder, overwrite, protectedFiles = [] } = options;
  const images = [...items.map(({ absolutePath }) => absolutePath), ...protectedFiles];
  const folders = new Set(plan.files.flat().map(({ name }) => dirname(name)));
  const folder = await ExportFolder.open(outputFolder, { overwrite, folders, images }).catch((error: unknown) => {
    throw writeError(error, outputFolder, kept);
  });
  const begun = performance.now();
  let done = 0;
  const bounds = {
    atOnce: itemsAtOnce,
    weight: pixelsAtOnce,
    weightOf: ({ width, height }: ExportItem) => width * height,
  };
  const outcomes = await mapWeighted(items, bounds, async (item, at) => {
    signal?.throwIfAborted();
    const outcome: ItemOutcome = { written: [], unchanged: [], kept: [], failed: [], unlabelledAsBackground: false };
    try {
      await exportItem(item, plan.files[at]!, options, folder, outcome);
    } catch (error) {
      signal?.throwIfAborted();
      const note = isNameTooLong(error) ? nameTooLong(item) : error;
      if (note instanceof WriteError || !(note instanceof MambrushError)) throw writeError(note, outputFolder, kept);
      outcome.failed.push({ path: item.path, code: note.code, message: note.message });
    }
    done++;
    const secondsLeft = ((performance.now() - begun) / 1000 / done) * (items.length - done);
    const value = done / items.length;
    onProgress?.({ kind: 'export', value, done, total: items.length, text: item.path, secondsLeft });
    return outcome;
  });
  return {
    written: outcomes.flatMap(({ written }) => written),
    unchanged: outcomes.flatMap(({ unchanged }) => unchanged),
    kept: outcomes.flatMap((outcome) => outcome.kept),
    renamed: plan.renamed,
    failed: outcomes.flatMap(({ failed }) => failed),
    unlabelledAsBackground: items.flatMap(({ path }, at) => (outcomes[at]!.unlabelledAsBackground ? [path] : [])),
    files: plan.files,
  };
}

function isNameTooLong(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENAMETOOLONG';
}

function nameTooLong({ path }: ExportItem): MambrushError {
  const message = `${path} would give its files names that are too long for this disk. Give the image a shorter name.`;
  return new MambrushError('export-name-too-long', message, { path });
}

async function exportItem(
  item: ExportItem,
  files: readonly ExportFile[],
  options: ExportOptions,
  folder: ExportFolder,
  outcome: ItemOutcome,
): Promise<void> {
  const wanted: ExportFile[] = [];
  for (const file of files) {
    const standing = await folder.standing(file);
    if (standing === 'wanted') wanted.push(file);
    else if (standing === 'current') outcome.unchanged.push(file.name);
    else outcome.kept.push({ file: file.name, ...standing });
  }
  if (wanted.length === 0) return;
  await folder.write(wanted, async (temporaries) => {
    const labels = await writeLabelled(item, temporaries, options);
    const cannotSay = wanted.some(({ kind }) => kind === 'binary' || kind === 'labelme');
    if (cannotSay && hasUnlabelled(labels)) outcome.unlabelledAsBackground = true;
    for (const [file, temporary] of temporaries) {
      if (file.kind === 'overlay' && !(await drawnOver(item, temporary, labels, options, outcome))) continue;
      await folder.publish(file, temporary);
      outcome.written.push(file.name);
    }
  });
}

/** @returns false where the image cannot be read: its masks are whole all the same */
async function drawnOver(
  item: ExportItem,
  temporary: string,
  labels: Uint8Array,
  { classes }: ExportOptions,
  outcome: ItemOutcome,
): Promise<boolean> {
  try {
    await writeOverlay(temporary, item.absolutePath, labels, classes);
    return true;
  } catch (error) {
    if (!(error instanceof MambrushError)) throw error;
    outcome.failed.push({ path: item.path, code: error.code, message: `No overlay: ${error.message}` });
    return false;
  }
}

/** Asks for the labels, once, and writes all files of one image but its overlay under temporary names. */
async function writeLabelled(
  item: ExportItem,
  temporaries: ReadonlyMap<ExportFile, string>,
  { classes, outputFolder, palette }: ExportOptions,
): Promise<Uint8Array> {
  const pathsOf = (kind: ExportFile['kind']): string[] =>
    [...temporaries].filter(([file]) => file.kind === kind).map(([, temporary]) => temporary);
  let labels: Uint8Array | undefined;
  const ask = async (append: AppendProbabilities | undefined): Promise<void> => {
    labels = await item.labels(append);
  };
  const [array] = pathsOf('probability-array');
  const planes = pathsOf('probability');
  if (array !== undefined) await writeProbabilityArray(array, item, classes.length, ask);
  else if (planes.length > 0) await writeProbabilityPngs(planes, item, ask);
  else await ask(undefined);
  if (labels?.length !== item.width * item.height) {
    throw new Error(`${item.path}: labels of ${labels?.length ?? 0} pixels for ${item.width}×${item.height}`);
  }
  for (const [file, temporary] of temporaries) {
    if (file.kind === 'binary') await writeBinaryMask(temporary, labels, item, file.classIndex!);
    if (file.kind === 'index') await writeIndexMask(temporary, labels, item, palette === false ? undefined : classes);
    if (file.kind === 'array') await writeMaskArray(temporary, labels, item);
    if (file.kind === 'labelme') {
      const imagePath = labelmeImagePath(join(outputFolder, file.name), item.absolutePath);
      await writeLabelme(temporary, labels, item, classes, imagePath);
    }
  }
  return labels;
}
