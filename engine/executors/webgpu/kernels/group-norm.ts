/**
 * What the three fused group-norm operations share: statistics of a plane, and the gradient. Not an operation itself.
 * Convention: statistics are taken in two passes over a part of the plane (mean, then squares about it) and joined by
 * Chan's formula, so that bright and flat pictures keep their digits; `statistics` is four means, four reciprocal
 * deviations.
 */
import { lanes } from '../kernel.ts';
import type { Emitter, TensorTarget, TensorView } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

const valuesPerPart = 8192;

/** Adds the kernels that fill `statistics` (8) from x (H, W, C). */
export function addGroupStatistics(e: Emitter, x: TensorView, statistics: TensorTarget): void {
  const { channels, size } = x;
  const pixels = size / channels;
  const parts = partsOf(pixels, Math.max(1, Math.floor(valuesPerPart / channels)), 64);
  const perPart = Math.ceil(pixels / parts);
  const partial = e.temporary([parts * 8]);
  const each = (what: string): string => `
    for (var q = start + lane; q < end; q += ${lanes}u) {
      let mask = vec4u(q % ${channels}u / ${channels / 4}u) == vec4u(0u, 1u, 2u, 3u);
      ${what}
    }`;
  e.add(
    'statistics',
    parts,
    `
    let start = group * ${perPart * channels}u;
    let end = min(start + ${perPart * channels}u, ${size}u);
    let count = f32(end - start) / 4.0;
    var total = vec4f(0.0);
    ${each(`total += select(vec4f(0.0), vec4f(${x.at('q')}), mask);`)}
    let mean = laneSum4(lane, total) / count;
    var squares = vec4f(0.0);
    ${each(`let d = vec4f(${x.at('q')}) - mean; squares += select(vec4f(0.0), d * d, mask);`)}
    let spread = laneSum4(lane, squares);
    if (lane == 0u) {
      for (var g = 0u; g < 4u; g++) {
        ${partial.store('group * 8u + g', 'mean[g]')} ${partial.store('group * 8u + 4u + g', 'spread[g]')}
      }
    }`,
    4 * lanes,
  );
  // The last part may hold fewer pixels; parts beyond the plane's end hold none.
  e.add(
    'statistics joined',
    1,
    `
    if (lane < 4u) {
      var mean = 0.0;
      for (var part = 0u; part < ${parts}u; part++) {
        let count = f32(min((part + 1u) * ${perPart}u, ${pixels}u) - min(part * ${perPart}u, ${pixels}u));
        if (count > 0.0) { mean += ${partial.at('part * 8u + lane')} * count; }
      }
      mean /= ${pixels}.0;
      var squares = 0.0;
      for (var part = 0u; part < ${parts}u; part++) {
        let count = f32(min((part + 1u) * ${perPart}u, ${pixels}u) - min(part * ${perPart}u, ${pixels}u));
        if (count > 0.0) {
          let d = ${partial.at('part * 8u + lane')} - mean;
          squares += ${partial.at('part * 8u + 4u + lane')} + d * d * count * ${channels / 4}.0;
        }
      }
      ${statistics.store('lane', 'mean')}
      ${statistics.store('4u + lane', `1.0 / sqrt(squares / ${size / 4}.0 + 1e-5)`)}
    }`,
  );
}

/** (x - mean) · rstd of an element, whose channel is known. */
export function hatOf(x: TensorView, statistics: TensorView, index: string, channel: string): string {
  const group = `(${channel}) / ${x.channels / 4}u`;
  return `((${x.at(index)} - ${statistics.at(group)}) * ${statistics.at(`4u + ${group}`)})`;
}

/** hat · weight + bias. */
export function normalized(e: Emitter, x: TensorView, statistics: TensorView, index: string, channel: string): string {
  return `(${hatOf(x, statistics, index, channel)} * ${e.input(1).at(channel)} + ${e.input(2).at(channel)})`;
}

export interface NormGradient {
  readonly x: TensorView;
  readonly statistics: TensorView;
  /** Rows over which the sums go, (rows, C), and what each adds: sees `row` and `column`, adds to `sum0`, `sum1`. */
  readonly rows: number;
  /** Adds dNormalized · hat to sum0 and dNormalized to sum1. */
  readonly body: string;
}

/**
 * Adds the kernels for the gradients of weight and bias, and for the two sums a group that the input's gradient needs.
 * @returns sums (8): Σ dHat of four groups, then Σ dHat · hat
 */
export function addNormSums(e: Emitter, { x, rows, body }: NormGradient): TensorTarget {
  const { channels } = x;
  const weight = e.input(1);
  const parts = partsOf(rows, Math.max(1, Math.floor(valuesPerPart / channels)), 64);
  const dWeight = e.parameterGradient(1, parts);
  const dBias = e.parameterGradient(2, parts);
  const partial = e.temporary([parts, channels, 2]);
  addRowSum(e, {
    name: 'weight',
    rows,
    parts,
    width: channels,
    terms: 2,
    body,
    store: `${partial.store(`(part * ${channels}u + column) * 2u + term`, 'total')}
      if (term == 0u) { ${dWeight?.store('part', 'column', 'total') ?? ''} }
      else { ${dBias?.store('part', 'column', 'total') ?? ''} }`,
  });
  const sums = e.temporary([8]);
  e.add(
    'sums joined',
    1,
    `
    var total = vec4f(0.0); var totalHat = vec4f(0.0);
    for (var c = lane; c < ${channels}u; c += ${lanes}u) {
      var sum = 0.0; var sumHat = 0.0;
      for (var part = 0u; part < ${parts}u; part++) {
        sumHat += ${partial.at(`(part * ${channels}u + c) * 2u`)};
        sum += ${partial.at(`(part * ${channels}u + c) * 2u + 1u`)};
      }
      let mask = vec4u(c / ${channels / 4}u) == vec4u(0u, 1u, 2u, 3u);
      let w = ${weight.at('c')};
      total += select(vec4f(0.0), vec4f(sum * w), mask);
      totalHat += select(vec4f(0.0), vec4f(sumHat * w), mask);
    }
    let all = laneSum4(lane, total);
    let allHat = laneSum4(lane, totalHat);
    if (lane < 4u) { ${sums.store('lane', 'all[lane]')} ${sums.store('4u + lane', 'allHat[lane]')} }`,
    4 * lanes,
  );
  return sums;
}

/** The gradient of x at an element, given dNormalized there. */
export function inputGradientOf(
  e: Emitter,
  { x, statistics }: Pick<NormGradient, 'x' | 'statistics'>,
  sums: TensorView,
  index: string,
  channel: string,
  dNormalized: string,
): string {
  const group = `(${channel}) / ${x.channels / 4}u`;
  const hat = hatOf(x, statistics, index, channel);
  const mean = `(${sums.at(group)} + ${hat} * ${sums.at(`4u + ${group}`)}) / ${x.size / 4}.0`;
  return `${statistics.at(`4u + ${group}`)} * (${dNormalized} * ${e.input(1).at(channel)} - ${mean})`;
}
