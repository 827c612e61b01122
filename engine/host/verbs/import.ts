/**
 * Takes a folder's images and masks into its project. Convention: a dry run of a folder without a project makes none.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { FileNote, ImportReport } from '../../contract/dataset.ts';
import { importFolder } from '../../dataset/import-folder.ts';
import type { ImportReport as FolderReport } from '../../dataset/import-report.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import type { Verb } from '../engine-context.ts';

export const importVerb: Verb<'dataset.import'> = async ({ projects, emit }, args, work): Promise<ImportReport> => {
  const folder = resolve(args.folder);
  await requireFolder(folder);
  const { masks, invert, interpretation, dryRun } = args;
  const wasOpen = projects.isOpen(folder);
  const store = projects.open(folder, { create: true });
  try {
    const report = await importFolder(
      store,
      { masks: masks === undefined ? undefined : resolve(masks), invert, interpretation, dryRun },
      work,
    );
    if (!report.dryRun) {
      emit({ kind: 'images.changed', project: store.folder, images: [] });
      emit({ kind: 'classes.changed', project: store.folder });
    }
    return describe(store, report);
  } finally {
    if (!wasOpen && args.dryRun === true) projects.close(folder);
  }
};

async function requireFolder(folder: string): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() === true) return;
  const what = stats === undefined ? 'is not there' : 'is a file';
  throw new MambrushError('folder-missing', `${folder} ${what}. Name the folder that has your images.`, {
    path: folder,
  });
}

function describe(store: ProjectStore, { images, masks, classes, ignored, ...report }: FolderReport): ImportReport {
  const taken = [...masks.imported, ...masks.kept];
  const known = new Map(store.classes.all().map((entry) => [entry.name, entry]));
  const matched = taken.reduce((total, entry) => total + entry.masks.length, 0) + masks.unchanged;
  const ambiguous = masks.ambiguous.map(({ masks: files, message }) => ({
    path: files[0] ?? '',
    code: 'mask-ambiguous',
    message,
  }));
  const skipped: FileNote[] = [...images.skipped, ...masks.skipped, ...ambiguous];
  const found = images.added.length + images.unchanged + images.changed.length + images.moved.length;
  return {
    project: store.folder,
    dryRun: report.dryRun,
    images: {
      found: found + images.removed.length + images.skipped.length,
      added: images.added.length,
      unchanged: images.unchanged,
      updated: images.changed.length,
      moved: images.moved.length,
      missing: images.missing.length,
      removed: images.removed.length,
    },
    masks: {
      found: matched + masks.unmatched.length + masks.skipped.length + ambiguous.length,
      matched,
      imported: masks.imported.length,
      unchanged: masks.unchanged,
      kept: masks.kept.length,
    },
    reading: masks.reading ?? null,
    unlabelled: report.dryRun ? masks.imagesWithoutMask : images.total - store.labels.labelledImageIds().length,
    classes: classes.map(({ index, name }) => known.get(name) ?? { id: 0, index, name, color: '#808080' }),
    matches: taken.map(({ image, masks: files }) => ({ image, masks: [...files] })),
    keptLabels: masks.kept.map(({ image }) => image),
    unmatchedMasks: [...masks.unmatched],
    skipped,
    notes: [...images.notes, ...masks.notes],
    choices: masks.choices.map((choice) => ({
      ...choice,
      alternatives: [...choice.alternatives],
      examples: [...choice.examples],
    })),
    warnings: [
      ...masks.remarks.map((message) => ({ code: 'mask-reading', message })),
      ...images.duplicates.map((paths) => ({
        code: 'image-duplicate',
        message: `These are the same picture: ${paths.join(', ')}.`,
      })),
      ...(found === 0 ? [{ code: 'no-images', message: `${store.folder} has no images that can be read.` }] : []),
      ...ignored.exports.map((path) => ({
        code: 'export-ignored',
        message: `${path} was written by an export and is left out.`,
      })),
    ],
    seconds: report.seconds,
  };
}
