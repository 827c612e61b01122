/**
 * Takes image files into the project: adds the new ones, follows the moved and the changed, marks the missing. Changes no
 * file. Convention: in the order of the paths, batch by batch, each batch in one transaction: killed in between, the
 * project is whole and the next import goes on.
 */
import type { ImportReport, Remark } from '../../contract/dataset.ts';
import type { ProjectStore } from '../../store/types.ts';
import { mapBounded } from '../../bounded.ts';
import { hashFile } from '../images/hash-file.ts';
import { ImageError } from '../images/image-error.ts';
import { probeWholeImage } from '../images/probe-image.ts';
import type { FoundFile } from '../masks/scan-folder.ts';
import { ImageIntake } from './image-intake.ts';
import type { ExaminedImage, TakenImage } from './image-intake.ts';
import { byPath } from './masks-of-image.ts';
import type { MaskWork } from './masks-of-image.ts';

interface ImportImagesOptions extends Omit<MaskWork, 'skipped'> {
  readonly dryRun: boolean;
}

const BATCH = 64;
const AT_ONCE = 4;

/**
 * @param files the image files that are there
 * @param present every path that is there, masks included: what is not among them is missing
 */
export async function importImages(
  store: ProjectStore,
  files: readonly FoundFile[],
  present: ReadonlySet<string>,
  options: ImportImagesOptions,
) {
  const intake = new ImageIntake(store, present, options.dryRun);
  for (let from = 0; from < files.length; from += BATCH) {
    options.signal?.throwIfAborted();
    const examined = await mapBounded(files.slice(from, from + BATCH), AT_ONCE, async (file) => {
      options.signal?.throwIfAborted();
      const result = await examine(file, intake, options);
      options.onDone(1);
      return result;
    });
    intake.takeBatch(examined.filter((one) => one !== undefined));
  }
  const missing = intake.finish();
  const { added, unchanged, changes, skipped, notes, taken } = intake;
  const report = {
    images: {
      found: files.length,
      added,
      unchanged,
      updated: changes.updated.length,
      moved: changes.moved.length,
      missing: missing.length,
      removed: changes.removed.length,
    },
    changes: { ...changes, missing },
    // Several are read at once, so they came in any order.
    skipped: skipped.sort(byPath),
    notes,
    warnings: duplicatesAmong(taken),
  } satisfies Partial<ImportReport>;
  return { report, taken };
}

/** @returns undefined for a file that cannot be taken, which is then among the skipped ones */
async function examine(
  file: FoundFile,
  intake: ImageIntake,
  { signal, cache }: ImportImagesOptions,
): Promise<ExaminedImage | undefined> {
  const record = intake.recordOf(file.path);
  const isSame = record?.bytes === file.bytes && record.modifiedAt === file.modifiedAt;
  try {
    if (record && isSame) return { file, record, hash: record.hash, probe: undefined };
    const hash = await cache.hashes.of(file, () => hashFile(file.absolute, signal));
    const isKnown = record?.hash === hash;
    const probe = isKnown ? undefined : await cache.probes.of(file, () => probeWholeImage(file.absolute, file.path));
    return { file, record, hash, probe };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const message = error.message.replaceAll(file.absolute, file.path);
    intake.skipped.push({ path: file.path, code: error.code, message });
    return undefined;
  }
}

function duplicatesAmong(taken: ReadonlyMap<string, TakenImage>): Remark[] {
  return [...Map.groupBy(taken.values(), ({ hash }) => hash).values()]
    .filter((group) => group.length > 1)
    .map((group) => {
      const message = `These are the same picture: ${group.map(({ path }) => path).join(', ')}.`;
      return { code: 'image-duplicate', message };
    });
}
