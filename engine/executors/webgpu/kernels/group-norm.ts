/**
 * What the three fused group-norm operations share: statistics of a plane, and the gradient. Not an operation itself.
 * Convention: statistics are taken in two passes over a part of the plane (mean, then squares about it) and joined by
 * Chan's formula, so that bright and flat pictures keep their digits; `statistics` is four means, four reciprocal
 * deviations.
 */
import { lanes } from '../kernel.ts';
import type { Emitter, GradientTarget, TensorTarget, TensorView } from '../kernel.ts';
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
  const body = `
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
  }`;
  e.add('statistics', parts, body, 4 * lanes);
  // The last part may hold fewer pixels; parts beyond the plane's end hold none.
  const joined = `
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
  }`;
  e.add('statistics joined', 1, joined);
}

/** What a norm reads once its statistics are known. */
export interface Norm {
  readonly x: TensorView;
  readonly weight: TensorView;
  readonly bias: TensorView;
  readonly statistics: TensorView;
}

/** (x - mean) · rstd of an element, whose channel is known. */
export function hatOf({ x, statistics }: Norm, index: string, channel: string): string {
  const group = `(${channel}) / ${x.channels / 4}u`;
  return `((${x.at(index)} - ${statistics.at(group)}) * ${statistics.at(`4u + ${group}`)})`;
}

/** hat · weight + bias. */
export function normalized(norm: Norm, index: string, channel: string): string {
  return `(${hatOf(norm, index, channel)} * ${norm.weight.at(channel)} + ${norm.bias.at(channel)})`;
}

export interface NormSums {
  readonly dWeight: GradientTarget | undefined;
  readonly dBias: GradientTarget | undefined;
  /** Rows over which the sums go, (rows, C). */
  readonly rows: number;
  /** Sees `row` and `column`; adds dNormalized · hat to sum0 and dNormalized to sum1. */
  readonly body: string;
}

/**
 * Adds the kernels for the gradients of weight and bias, and for the two sums a group that the input's gradient needs.
 * @returns sums (8): Σ dHat of four groups, then Σ dHat · hat
 */
export function addNormSums(e: Emitter, { x, weight }: Norm, { dWeight, dBias, rows, body }: NormSums): TensorTarget {
  const { channels } = x;
  const parts = partsOf(rows, Math.max(1, Math.floor(valuesPerPart / channels)), 64);
  const dWeightParts = dWeight?.inParts(parts);
  const dBiasParts = dBias?.inParts(parts);
  const partial = e.temporary([parts, channels, 2]);
  addRowSum(e, {
    name: 'weight',
    rows,
    parts,
    width: channels,
    terms: 2,
    body,
    store: `${partial.store(`(part * ${channels}u + column) * 2u + term`, 'total')}
      if (term == 0u) { ${dWeightParts?.store('part', 'column', 'total') ?? ''} }
      else { ${dBiasParts?.store('part', 'column', 'total') ?? ''} }`,
  });
  const sums = e.temporary([8]);
  const joined = `
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
  if (lane < 4u) { ${sums.store('lane', 'all[lane]')} ${sums.store('4u + lane', 'allHat[lane]')} }`;
  e.add('sums joined', 1, joined, 4 * lanes);
  return sums;
}

/** The gradient of x at an element, given dNormalized there. */
export function inputGradientOf(
  norm: Norm,
  sums: TensorView,
  index: string,
  channel: string,
  dNormalized: string,
): string {
  const { x, weight, statistics } = norm;
  const group = `(${channel}) / ${x.channels / 4}u`;
  const mean = `(${sums.at(group)} + ${hatOf(norm, index, channel)} * ${sums.at(`4u + ${group}`)}) / ${x.size / 4}.0`;
  return `${statistics.at(`4u + ${group}`)} * (${dNormalized} * ${weight.at(channel)} - ${mean})`;
}
