/**
 * Imports a folder: what lies in it, the images, then the masks beside them, or files of annotations. Changes no file of it.
 * Convention: killed at any moment, the project is whole, and the next import ends where this one would have.
 */
import type { FileNote, ImportReport } from '../../contract/dataset.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { ArgumentsOf } from '../../contract/requests.ts';
import type { PartName, ProjectStore } from '../../store/types.ts';
import { findAnnotations, namedAnnotations } from './annotations/find-files.ts';
import type { AnnotationFiles } from './annotations/find-files.ts';
import { importAnnotations } from './import-annotations.ts';
import { importImages } from './import-images.ts';
import { importMasks } from './import-masks.ts';
import { leftAside, warningsOf } from './import-warnings.ts';
import { findMaskFolder, scanOutside } from './mask-folder.ts';
import { sortFiles } from '../masks/match-masks.ts';
import { scanFolder } from '../masks/scan-folder.ts';
import type { FoundFile, ScannedFolder } from '../masks/scan-folder.ts';
import { FileCache } from './file-cache.ts';
import { unpackArrays } from './unpack-arrays.ts';

/** As they are asked for, paths made absolute. */
export interface ImportFolderOptions extends Omit<ArgumentsOf<'dataset.import'>, 'folder'> {
  readonly cache?: FileCache | undefined;
  /** What a dry run inspects, where the store is not of that folder; else the store's folder. */
  readonly folder?: string | undefined;
}

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
  const { dryRun = false, emptyImages = 'unlabelled', cache = new FileCache() } = options;
  const folder = options.folder ?? store.folder;
  const unpacked = await unpackArrays(folder, dryRun, { signal, onProgress });
  onProgress?.({ kind: 'import', value: 0, text: 'looking at the folder' });
  const found = await findFiles(folder, options, signal);
  const { scanned, sorted, imageFiles, maskFolder, annotations } = found;
  const masks = options.annotations === undefined ? found.maskFiles : [];

  const total = imageFiles.length + 2 * masks.length + (annotations === undefined ? 0 : imageFiles.length);
  let done = 0;
  const onDone = (files: number): void => {
    done += files;
    const seconds = (performance.now() - begun) / 1000;
    const secondsLeft = (seconds / done) * (total - done);
    onProgress?.({ kind: 'import', value: Math.min(1, done / total), done, total, secondsLeft });
  };
  const work = { dryRun, signal, onDone };
  const present = new Set(scanned.files.map(({ path }) => path));
  const ofImages = await importImages(store, imageFiles, present, { ...work, cache });
  const { images, changes, ...imageNotices } = ofImages.report;
  const pairing = { taken: ofImages.taken, present: sorted.images, removed: changes.removed };
  const { interpretation, invert } = options;
  const maskOptions = { ...work, folder, interpretation, invert, maskFolder, cache };
  const { report: ofMasks, imagesWithoutMask } = await importMasks(store, pairing, masks, maskOptions);
  const onReading = (file: string): void =>
    onProgress?.({ kind: 'import', value: Math.min(1, done / total), done, total, text: `reading ${file}` });
  const ofAnnotations =
    annotations && (await importAnnotations(store, pairing, annotations, { ...work, folder, emptyImages, onReading }));
  if (!dryRun && unpacked.arrays.length > 0) takeFixedSplit(store, unpacked.parts);
  onProgress?.({ kind: 'import', value: 1, done: total, total, secondsLeft: 0 });

  const taken = ofAnnotations?.annotations;
  const labelled = taken === undefined ? 0 : taken.imported + taken.unchanged + taken.kept;
  return {
    project: folder,
    dryRun,
    arrays: [...unpacked.arrays],
    images,
    changes,
    ...ofMasks,
    unlabelled: dryRun ? imagesWithoutMask - labelled : store.images.count() - store.labels.labelledImageIds().length,
    classes: ofAnnotations?.classes ?? ofMasks.classes,
    annotations: taken ?? null,
    keptLabels: [...ofMasks.keptLabels, ...(ofAnnotations?.keptLabels ?? [])],
    skipped: [
      ...unpacked.skipped,
      ...scanned.skipped,
      ...found.skippedOutside,
      ...imageNotices.skipped,
      ...ofMasks.skipped,
      ...(ofAnnotations?.skipped ?? []),
    ],
    notes: [
      ...unpacked.notes,
      ...imageNotices.notes,
      ...sorted.namedLikeMasks.map(namedLikeMask),
      ...ofMasks.notes,
      ...(ofAnnotations?.notes ?? []),
    ],
    warnings: [
      ...ofMasks.warnings,
      ...leftAside(options, found.maskFiles.length, annotations, scanned),
      ...(ofAnnotations?.warnings ?? []),
      ...warningsOf({ folder, dryRun, arrays: unpacked.arrays, images, scanned, duplicates: imageNotices.warnings }),
    ],
    ignored: { hidden: scanned.hidden, otherFiles: { ...scanned.others } },
    seconds: (performance.now() - begun) / 1000,
  };
}

/** What there is to take, in the project's folder and in the folders that were named. */
async function findFiles(folder: string, options: ImportFolderOptions, signal: AbortSignal | undefined) {
  const maskFolder = options.masks === undefined ? undefined : await findMaskFolder(folder, options.masks);
  const inside = maskFolder?.isOutside === false ? maskFolder.path : undefined;
  const scanned = await scanFolder(folder, signal, inside);
  const outside = maskFolder?.isOutside === true ? await scanOutside(maskFolder, signal) : undefined;
  const byPath = new Map(scanned.files.map((file) => [file.path, file]));
  const sorted = await sortFiles([...byPath.keys()], inside);
  const filesOf = (paths: readonly string[]): FoundFile[] => paths.map((path) => byPath.get(path)!);
  const maskFiles = outside?.files ?? filesOf(sorted.masks);
  const annotations = await annotationsOf(options, folder, scanned, sorted.images, maskFiles.length > 0, signal);
  const imageFiles = filesOf(sorted.images);
  return { scanned, sorted, imageFiles, maskFolder, maskFiles, skippedOutside: outside?.skipped ?? [], annotations };
}

function namedLikeMask(path: string): FileNote {
  const message = `${path} is called like a mask but has no image, so it is taken as an image.`;
  return { path, code: 'image-named-like-mask', message };
}

/** The files to take labels from, where masks are not: those that were named, or those that lie in the folder. */
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

/** The parts that the arrays were in, as the project's split. */
function takeFixedSplit(store: ProjectStore, lists: Readonly<Partial<Record<PartName, readonly string[]>>>): void {
  const idsOf = (paths: readonly string[] = []): number[] =>
    paths.map((path) => store.images.byPath(path)?.id).filter((id) => id !== undefined);
  const parts = { train: idsOf(lists.train), val: idsOf(lists.val), test: idsOf(lists.test) };
  // Once: a split that was made since stays the current one.
  const wanted = JSON.stringify(parts);
  if (store.splits.all().some((split) => JSON.stringify(split.parts) === wanted)) return;
  store.splits.create({ name: 'as in the arrays', seed: 0, method: 'list', parts });
}
