/**
 * What an import did, as the contract says it: numbers, lists of files, and what a person should look at. Imports nothing.
 */
import type { FileNote, ImportReport } from '../../contract/dataset.ts';
import type { ImportReport as FolderReport } from '../../dataset/import/import-report.ts';
import { listFormats } from '../../dataset/images/formats/formats.ts';
import { arrayNames, unpackedFolder } from '../../dataset/images/npy/reference-arrays.ts';
import type { ProjectStore } from '../../store/project-store.ts';

type Warning = ImportReport['warnings'][number];

export function describeImport(store: ProjectStore, report: FolderReport): ImportReport {
  const { folder, dryRun, arrays, images, masks, annotations, classes, ignored, seconds } = report;
  const known = store.classes.all();
  const ambiguous = masks.ambiguous.map(({ masks: files, message }) => ({
    path: files[0] ?? '',
    code: 'mask-ambiguous',
    message,
  }));
  return {
    project: folder,
    dryRun,
    arrays: [...arrays],
    images: {
      found: images.found,
      added: images.added.length,
      unchanged: images.unchanged,
      updated: images.changed.length,
      moved: images.moved.length,
      missing: images.missing.length,
      removed: images.removed.length,
    },
    changes: {
      updated: [...images.changed],
      moved: [...images.moved],
      missing: [...images.missing],
      removed: [...images.removed],
    },
    masks: {
      found: masks.found,
      matched: masks.matched,
      imported: masks.imported.length,
      unchanged: masks.unchanged,
      kept: masks.kept.length,
    },
    reading: masks.reading ?? null,
    unlabelled: dryRun
      ? masks.imagesWithoutMask - takenFrom(annotations)
      : images.total - store.labels.labelledImageIds().length,
    classes: classes.map(({ index, name }) => known[index - 1] ?? { id: 0, index, name, color: '#808080' }),
    matches: [...masks.imported, ...masks.kept].map(({ image, masks: files }) => ({ image, masks: [...files] })),
    annotations: annotations === undefined ? null : describeAnnotations(annotations),
    keptLabels: [...masks.kept.map(({ image }) => image), ...(annotations?.kept ?? [])],
    unmatchedMasks: [...masks.unmatched],
    skipped: [...images.skipped, ...masks.skipped, ...ambiguous, ...(annotations?.skipped ?? [])] satisfies FileNote[],
    notes: [...images.notes, ...masks.notes, ...(annotations?.notes ?? [])],
    choices: masks.choices.map((choice) => ({
      ...choice,
      alternatives: [...choice.alternatives],
      examples: [...choice.examples],
    })),
    warnings: warningsOf(report),
    ignored: { hidden: ignored.hidden, otherFiles: { ...ignored.otherFiles } },
    seconds,
  };
}

/** Images that got, have or keep labels. */
function takenFrom(annotations: FolderReport['annotations']): number {
  if (annotations === undefined) return 0;
  return annotations.imported.length + annotations.unchanged + annotations.kept.length;
}

function describeAnnotations({
  imported,
  kept,
  skipped: _,
  notes: __,
  remarks: ___,
  ...rest
}: NonNullable<FolderReport['annotations']>): NonNullable<ImportReport['annotations']> {
  return {
    ...rest,
    files: [...rest.files],
    formats: [...rest.formats],
    unmatched: [...rest.unmatched],
    imported: imported.length,
    kept: kept.length,
    matches: [...imported],
  };
}

function warningsOf({ folder, dryRun, arrays, images, masks, annotations, remarks, ignored }: FolderReport): Warning[] {
  const warnings: Warning[] = [...masks.remarks, ...remarks, ...(annotations?.remarks ?? [])];
  for (const { part, images: count } of arrays) {
    const what = `${arrayNames(part).images} has ${count} pictures`;
    const message = dryRun
      ? `${what}; an import unpacks them into the folder ${unpackedFolder}.`
      : `${what}; they are in the folder ${unpackedFolder}, and the part ${part} of the split.`;
    warnings.push({ code: 'arrays-unpacked', message });
  }
  for (const paths of images.duplicates) {
    warnings.push({ code: 'image-duplicate', message: `These are the same picture: ${paths.join(', ')}.` });
  }
  const here = images.added.length + images.changed.length + images.moved.length + images.unchanged;
  if (here + images.removed.length + arrays.length === 0) {
    warnings.push({ code: 'no-images', message: noImages(folder, ignored.otherFiles) });
  }
  for (const path of ignored.exports) {
    warnings.push({
      code: 'export-ignored',
      message: `${path} was written by an export and is left out. To take it as masks, name it as their folder.`,
    });
  }
  return warnings;
}

function noImages(folder: string, others: Readonly<Record<string, number>>): string {
  const files = Object.entries(others)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([ending, count]) => `${count} ${ending === '' ? 'without an ending' : ending}`);
  const instead = files.length === 0 ? '' : ` (there are other files: ${files.join(', ')})`;
  return `${folder} has no images that can be read${instead}. Images are ${listFormats('and')}.`;
}
