/** What an import is asked for, and what its report comes to. Plain functions: no state, no requests. */
import type { ImportReport } from '../../../engine/contract/dataset.ts';
import type { ArgumentsOf } from '../../../engine/contract/requests.ts';
import { translate } from '../../locales/i18n.ts';

export type ImportArguments = ArgumentsOf<'dataset.import'>;

/** Where the labels are: beside the images, in a folder of masks, or in COCO or labelme files. */
export type LabelSource = 'folder' | 'masks' | 'annotations';

export type ImportOptions = Pick<ImportArguments, 'interpretation' | 'invert' | 'emptyImages'>;

/** @param path of the masks or annotations, once chosen */
export function importArguments(
  folder: string,
  source: LabelSource,
  path: string | undefined,
  { interpretation, invert, emptyImages }: ImportOptions,
): ImportArguments {
  return {
    folder,
    ...(source === 'masks' && { masks: path }),
    ...(source === 'annotations' && { annotations: path }),
    ...(interpretation !== undefined && interpretation !== 'auto' && { interpretation }),
    ...(invert === true && { invert }),
    ...(emptyImages !== undefined && { emptyImages }),
  };
}

/** Images that are new or changed, and images that get labels. */
export function importedCounts({ images, masks, annotations }: ImportReport): { images: number; labels: number } {
  return {
    images: images.added + images.updated + images.moved,
    labels: masks.imported + (annotations?.imported ?? 0),
  };
}

/** In a sentence or two. */
export function importSummary(report: ImportReport): string {
  const { images, labels } = importedCounts(report);
  const missing = report.changes.missing.length;
  const done =
    images + labels > 0
      ? translate('start.import.done', { added: report.images.added, labelled: labels })
      : translate('start.import.doneNothing');
  return missing > 0 ? `${done} ${translate('start.import.gone', { count: missing })}` : done;
}

/** Whether some files deserve a person's attention. */
export function hasRemarks({ skipped, changes, unmatchedMasks }: ImportReport): boolean {
  return skipped.length + changes.missing.length + unmatchedMasks.length > 0;
}
