/**
 * The reduction that most gradients of parameters are: for each of `width` columns, `terms` sums over many rows. Not an
 * operation. Convention: rows are cut into parts, a part into stripes that lanes sum one after the other; stripes are
 * summed in their order in workgroup memory, parts by whoever reads them: always the same order, so the same bits.
 */
import { lanes } from '../kernel.ts';
import type { Emitter } from '../kernel.ts';

export interface RowSum {
  readonly name: string;
  readonly rows: number;
  /** The kernel's own share of rows: `partsOf(rows, …)`. */
  readonly parts: number;
  readonly width: number;
  /** Columns of one workgroup, where fewer of them and more stripes keep more lanes busy. */
  readonly columnsTogether?: number;
  /** 1 to 32: lanes × terms must fit in workgroup memory. */
  readonly terms: number;
  /** Once per lane: sees `column`. */
  readonly prepare?: string;
  /** Statements for each row: see `row` and `column`, add to `sum0` … */
  readonly body: string;
  /** Statement for each sum: sees `part`, `column`, `term` and `total`. */
  readonly store: string;
}

/** Parts of about `perPart` rows each, at most `most`. */
export function partsOf(rows: number, perPart: number, most: number): number {
  return Math.max(1, Math.min(most, Math.ceil(rows / perPart)));
}

export function addRowSum(
  emitter: Emitter,
  { name, rows, parts, width, columnsTogether = lanes, terms, prepare = '', body, store }: RowSum,
): void {
  const columns = Math.min(width, columnsTogether);
  const stripes = Math.max(1, Math.floor(lanes / columns));
  const perPart = Math.ceil(rows / parts);
  const sums = Array.from({ length: terms }, (_, term) => term);
  const text = `
  let part = group % ${parts}u;
  let firstColumn = group / ${parts}u * ${columns}u;
  let stripe = lane / ${columns}u;
  ${sums.map((term) => `var sum${term} = 0.0;`).join(' ')}
  {
    let column = firstColumn + lane % ${columns}u;
    if (stripe < ${stripes}u && column < ${width}u) {
      ${prepare}
      let rowEnd = min((part + 1u) * ${perPart}u, ${rows}u);
      for (var row = part * ${perPart}u + stripe; row < rowEnd; row += ${stripes}u) {
        ${body}
      }
    }
  }
  ${sums.map((term) => `pool[lane * ${terms}u + ${term}u] = sum${term};`).join(' ')}
  workgroupBarrier();
  for (var q = lane; q < ${columns * terms}u; q += ${lanes}u) {
    let column = firstColumn + q / ${terms}u;
    let term = q % ${terms}u;
    if (column < ${width}u) {
      var total = 0.0;
      for (var s = 0u; s < ${stripes}u; s++) { total += pool[s * ${columns * terms}u + q]; }
      ${store}
    }
  }`;
  emitter.add(name, parts * Math.ceil(width / columns), text, lanes * terms);
}
