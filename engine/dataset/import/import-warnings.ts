/** What an import should tell a person that is of no single file: what was left aside, unpacked or not there. */
import type { ImportReport, Remark } from '../../contract/dataset.ts';
import { listFormats } from '../images/formats/formats.ts';
import { arrayNames, unpackedFolder } from '../images/npy/reference-arrays.ts';
import type { ScannedFolder } from '../masks/scan-folder.ts';
import { findAnnotations } from './annotations/find-files.ts';
import type { AnnotationFiles } from './annotations/find-files.ts';

export function leftAside(
  options: { readonly annotations?: string | undefined },
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

export function warningsOf({
  folder,
  dryRun,
  arrays,
  images,
  scanned,
  duplicates,
}: Pick<ImportReport, 'dryRun' | 'arrays' | 'images'> & {
  readonly folder: string;
  readonly scanned: ScannedFolder;
  readonly duplicates: readonly Remark[];
}): Remark[] {
  const warnings: Remark[] = [];
  for (const { part, images: count } of arrays) {
    const what = `${arrayNames(part).images} has ${count} pictures`;
    const message = dryRun
      ? `${what}; an import unpacks them into the folder ${unpackedFolder}.`
      : `${what}; they are in the folder ${unpackedFolder}, and the part ${part} of the split.`;
    warnings.push({ code: 'arrays-unpacked', message });
  }
  warnings.push(...duplicates);
  const here = images.added + images.updated + images.moved + images.unchanged + images.removed;
  if (here + arrays.length === 0) warnings.push({ code: 'no-images', message: noImages(folder, scanned.others) });
  for (const path of scanned.exports) {
    const message = `${path} was written by an export and is left out. To take it as masks, name it as their folder.`;
    warnings.push({ code: 'export-ignored', message });
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
