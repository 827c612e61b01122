/**
 * An evaluation as a table in a file: a line per image and class, for spreadsheets. Convention: what is not defined is an
 * empty cell; a file is replaced only where it is such a table.
 */
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import { metricNames } from '../../contract/prediction.ts';
import { csvBeginning, csvRow } from '../../dataset/export/csv-table.ts';
import { makeFolder } from '../../make-folder.ts';
import { writeError } from '../../write-error.ts';
import { replaceFile } from '../../replace-file.ts';
import type { ImageEvaluation } from '../../train/metrics/evaluate-metrics.ts';

const counts = ['true positive', 'false positive', 'false negative', 'true negative'];
const beginning = csvBeginning + csvRow(['image', 'class', ...metricNames, ...counts]);
const kept = 'Nothing was changed.';

/**
 * Makes the table's folder, and sees that nothing else has its name: before an evaluation, not after it.
 *
 * @param path absolute
 * @throws MambrushError 'table-foreign' where it would replace another's file; WriteError
 */
export async function prepareTable(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path));
    const there = await startOf(path, Buffer.byteLength(beginning));
    if (there !== undefined && there !== beginning) {
      throw new MambrushError(
        'table-foreign',
        `${path} is there already, and is no table of an evaluation. Choose another name for the table.`,
        { path },
      );
    }
  } catch (error) {
    throw writeError(error, path, kept);
  }
}

/** @returns the first bytes as text; undefined where there is no such file */
async function startOf(path: string, bytes: number): Promise<string | undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

/** @throws WriteError */
export function writeTable(
  path: string,
  images: readonly (ImageEvaluation & { readonly path: string })[],
  classes: readonly { readonly name: string }[],
): void {
  const rows = images.flatMap(({ path: image, classes: figures }) =>
    figures.map((figure, at) => [
      image,
      classes[at]?.name ?? '',
      ...metricNames.map((name) => figure[name] ?? ''),
      figure.truePositive,
      figure.falsePositive,
      figure.falseNegative,
      figure.trueNegative,
    ]),
  );
  try {
    replaceFile(path, beginning + rows.map(csvRow).join(''));
  } catch (error) {
    throw writeError(error, path, kept);
  }
}
