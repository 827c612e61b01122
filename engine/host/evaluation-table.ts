/**
 * An evaluation as a table: a line per image and class, for spreadsheets. Convention: what is not defined is an empty cell.
 */
import { csvBeginning, csvRow } from '../dataset/csv-table.ts';
import type { ImageEvaluation } from '../train/evaluate-metrics.ts';

const columns = ['dice', 'iou', 'accuracy', 'sensitivity', 'specificity', 'hd95'] as const;

export function evaluationTable(
  images: readonly (ImageEvaluation & { readonly path: string })[],
  classes: readonly { readonly name: string }[],
): string {
  const rows = images.flatMap(({ path, classes: figures }) =>
    figures.map((figure, at) => [
      path,
      classes[at]?.name ?? '',
      ...columns.map((name) => (figure[name] === null ? '' : String(figure[name]))),
      String(figure.truePositive),
      String(figure.falsePositive),
      String(figure.falseNegative),
      String(figure.trueNegative),
    ]),
  );
  const head = ['image', 'class', ...columns, 'true positive', 'false positive', 'false negative', 'true negative'];
  return csvBeginning + [head, ...rows].map(csvRow).join('');
}
