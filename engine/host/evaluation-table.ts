/**
 * An evaluation as a table: a line per image and class, for spreadsheets. Convention: CSV of RFC 4180, UTF-8 with a byte
 * order mark (without it, Excel spoils names in Chinese); what is not defined is an empty cell.
 */
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
  return `\ufeff${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A name that begins like a formula is made text: a spreadsheet must not compute what a file is called. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+(e[+-]?\d+)?$/i.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
