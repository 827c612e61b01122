/**
 * Imports a folder: what lies in it, the images, then the masks beside them, or files of annotations. Changes no file of it. Convention: killed at
 * any moment, the project is whole, and the next import ends where this one would have.
 */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Remark } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { PartName, ProjectStore } from '../../store/types.ts';
import { findAnnotations, namedAnnotations } from './annotations/find-files.ts';
import type { AnnotationFiles } from './annotations/find-files.ts';
import { importAnnotations } from './import-annotations.ts';
import { importImages } from './import-images.ts';
import { importMasks } from './import-masks.ts';
import type { ImportReport } from './import-report.ts';
import type { MaskInterpretation } from '../masks/mask-reading.ts';
import { sortFiles } from '../masks/match-masks.ts';
import { scanFolder } from '../masks/scan-folder.ts';
import type { FoundFile, ScannedFolder } from '../masks/scan-folder.ts';
import { SeenFiles } from './file-cache.ts';
import { unpackArrays } from './unpack-arrays.ts';

export interface ImportFolderOptions {
  /** Where all masks are; inside the project's folder or anywhere else. */
  readonly masks?: string | undefined;
  /** A COCO or labelme file, or a folder of them, taken instead of masks. */
  readonly annotations?: string | undefined;
  /** What images are that a COCO file lists without an object. */
  readonly emptyImages?: 'unlabelled' | 'background' | undefined;
  readonly invert?: boolean | undefined;
  readonly interpretation?: MaskInterpretation | undefined;
  readonly dryRun?: boolean | undefined;
  /** Reads files again whose size and time are as before. */
  readonly verify?: boolean | undefined;
  readonly restoreRemoved?: boolean | undefined;
  /** What a preview of the same folder has read. */
  readonly seen?: SeenFiles | undefined;
  /** What a dry run looks at, where the store is not of that folder; else the store's folder. */
  readonly folder?: string | undefined;
}

/** Stands for a folder outside of the project in the matching of names; no file of a project can be called so. */
const OUTSIDE = '\0masks';

/**
 * @throws MambrushError masks-folder-missing, annotations-missing, mask-colors-too-many, mask-invert-impossible; the store's errors; the
 *   signal's reason when aborted. What is wrong with single files is in the report.
 */
export async function importFolder(
  store: ProjectStore,
  options: ImportFolderOptions = {},
  { signal, onProgress }: LongWork = {},
): Promise<ImportReport> {
  const begun = performance.now();
  const { dryRun = false, verify = false } = options;
  const seen = (verify ? undefined : options.seen) ?? new SeenFiles();
  const folder = options.folder ?? store.folder;
  const unpacked = await unpackArrays(folder, dryRun, { signal, onProgress });
  onProgress?.({ kind: 'import', value: 0, text: 'looking at the folder' });
  const inside = await masksInside(folder, options.masks);
  const scanned = await scanFolder(folder, signal, inside);
  const outside = inside === undefined ? await masksOutside(options.masks, signal) : undefined;
  const masksFolder = outside === undefined ? inside : OUTSIDE;
  const sorted = await sortFiles(
    scanned.files.map(({ path }) => path),
    outside === undefined ? masksFolder : undefined,
  );
  const byPath = new Map(scanned.files.map((file) => [file.path, file]));
  const filesOf = (paths: readonly string[]): FoundFile[] => paths.map((path) => byPath.get(path)!);
  const foundMasks = outside?.files ?? filesOf(sorted.masks);
  const masks = options.annotations === undefined ? foundMasks : [];
  const annotations = await annotationsOf(options, folder, scanned, sorted.images, foundMasks.length > 0, signal);
  const imageFiles = filesOf(sorted.images);

  const total = imageFiles.length + 2 * masks.length + (annotations === undefined ? 0 : imageFiles.length);
  let done = 0;
  const onDone = (files: number): void => {
    done += files;
    const seconds = (performance.now() - begun) / 1000;
    const secondsLeft = (seconds / done) * (total - done);
    onProgress?.({ kind: 'import', value: Math.min(1, done / total), done, total, secondsLeft });
  };
  const images = await importImages(store, imageFiles, new Set(byPath.keys()), {
    dryRun,
    verify,
    restoreRemoved: options.restoreRemoved ?? false,
    signal,
    seen,
    onDone,
  });
  const pairing = { ...images, present: sorted.images };
  const ofMasks = await importMasks(store, pairing, masks, {
    folder,
    dryRun,
    interpretation: options.interpretation,
    invert: options.invert,
    masksFolder,
    signal,
    seen,
    onDone,
  }).catch((error: unknown) => {
    throw readableError(error, outside);
  });
  const ofAnnotations =
    annotations &&
    (await importAnnotations(store, pairing, annotations, {
      folder,
      dryRun,
      emptyImages: options.emptyImages ?? 'unlabelled',
      signal,
      onDone,
      onReading: (file) =>
        onProgress?.({ kind: 'import', value: Math.min(1, done / total), done, total, text: `reading ${file}` }),
    }));
  if (!dryRun && unpacked.arrays.length > 0) takeFixedSplit(store, unpacked.parts);
  onProgress?.({ kind: 'import', value: 1, done: total, total, secondsLeft: 0 });
  const namedLikeMasks = sorted.namedLikeMasks.map((path) => ({
    path,
    code: 'image-named-like-mask',
    message: `${path} is called like a mask but has no image, so it is taken as an image.`,
  }));
  return {
    folder,
    dryRun,
    arrays: unpacked.arrays,
    images: {
      ...images.report,
      skipped: [...unpacked.skipped, ...scanned.skipped, ...(outside?.skipped ?? []), ...images.report.skipped],
      notes: [...unpacked.notes, ...images.report.notes, ...namedLikeMasks],
    },
    masks: readable(ofMasks.report, outside),
    annotations: ofAnnotations?.report,
    remarks: leftAside(options, foundMasks.length, annotations, scanned),
    classes: ofAnnotations?.classes ?? ofMasks.classes,
    ignored: { hidden: scanned.hidden, otherFiles: scanned.others, exports: scanned.exports },
    seconds: (performance.now() - begun) / 1000,
  };
}

/** The files to take labels from, where masks are not: those that somebody named, or those that lie in the folder. */
async function annotationsOf(
  { annotations, masks }: ImportFolderOptions,
  folder: string,
  { json }: ScannedFolder,
  images: readonly string[],
  hasMasks: boolean,
  signal: AbortSignal | undefined,
): Promise<AnnotationFiles | undefined> {
  if (annotations !== undefined) return namedAnnotations(annotations, folder, signal);
  if (hasMasks || masks !== undefined) return undefined;
  const found = findAnnotations(json, images);
  return found.files.length > 0 ? found : undefined;
}

/** What could have been meant, and was not taken. */
function leftAside(
  options: ImportFolderOptions,
  masks: number,
  taken: AnnotationFiles | undefined,
  { json }: ScannedFolder,
): Remark[] {
  if (options.annotations !== undefined && masks > 0) {
    const message = `${masks} mask files were left aside, since the labels come from ${options.annotations}.`;
    return [{ code: 'masks-left-aside', message }];
  }
  const [first] = taken === undefined ? findAnnotations(json, []).files : [];
  if (first === undefined) return [];
  const message = `${first.path} was left aside, since there are masks. To take it instead, name it as annotations.`;
  return [{ code: 'annotations-left-aside', message }];
}

/** The parts that the arrays were in, as the project's split. */
function takeFixedSplit(store: ProjectStore, lists: Readonly<Partial<Record<PartName, readonly string[]>>>): void {
  const idsOf = (paths: readonly string[] = []): number[] =>
    paths.map((path) => store.images.byPath(path)?.id).filter((id) => id !== undefined);
  const parts = { train: idsOf(lists.train), val: idsOf(lists.val), test: idsOf(lists.test) };
  // Once: whoever has divided the images in another way since wants that kept.
  const wanted = JSON.stringify(parts);
  if (store.splits.all().some((split) => JSON.stringify(split.parts) === wanted)) return;
  store.splits.create({ name: 'as in the arrays', seed: 0, method: 'list', parts });
}

interface OutsideMasks extends ScannedFolder {
  readonly folder: string;
}

async function masksOutside(
  masks: string | undefined,
  signal: AbortSignal | undefined,
): Promise<OutsideMasks | undefined> {
  if (masks === undefined) return undefined;
  const folder = resolve(masks);
  const scanned = await scanFolder(folder, signal);
  const files = scanned.files.map((file) => ({ ...file, path: `${OUTSIDE}/${file.path}` }));
  const skipped = scanned.skipped.map(({ path, code, message }) => {
    const full = `${folder.split(sep).join('/')}/${path}`;
    return { path: full, code, message: message.replace(path, full) };
  });
  return { ...scanned, folder, files, skipped };
}

/** The masks' folder relative to the project's, undefined when it lies elsewhere. */
async function masksInside(project: string, masks: string | undefined): Promise<string | undefined> {
  if (masks === undefined) return undefined;
  const real = await realpath(masks).catch(() => undefined);
  if (real === undefined || !(await stat(real)).isDirectory()) {
    const message = real === undefined ? `There is no folder ${masks}.` : `${masks} is a file, not a folder.`;
    throw new MambrushError('masks-folder-missing', `${message} Name the folder that has the masks.`, { path: masks });
  }
  const inside = relative(await realpath(project), real);
  if (inside === '') {
    throw new MambrushError(
      'masks-folder-wrong',
      `${masks} is the project's own folder. Name the folder in it that has the masks, or leave it out.`,
      { path: masks },
    );
  }
  return inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)
    ? undefined
    : inside.split(sep).join('/');
}

/** The report with true paths where masks lie elsewhere. */
function readable<Report>(report: Report, outside: OutsideMasks | undefined): Report {
  if (outside === undefined) return report;
  const text = JSON.stringify(report);
  const prefix = JSON.stringify(`${OUTSIDE}/`).slice(1, -1);
  const folder = JSON.stringify(`${outside.folder.split(sep).join('/')}/`).slice(1, -1);
  return JSON.parse(text.replaceAll(prefix, folder)) as Report;
}

/** The same for an error. */
function readableError(error: unknown, outside: OutsideMasks | undefined): unknown {
  if (!(error instanceof MambrushError) || outside === undefined || error.path?.startsWith(OUTSIDE) !== true) {
    return error;
  }
  const path = join(outside.folder, error.path.slice(OUTSIDE.length + 1));
  return new MambrushError(error.code, error.message, { path, cause: error });
}
