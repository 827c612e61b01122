/**
 * Mean and reciprocal deviation per channel group of a plane, and the normalization's gradient: what the three fused
 * group-norm operations share. Not an operation itself.
 * Convention: GroupNorm (Wu & He 2018) with 4 groups, eps 1e-5 and the biased variance; `statistics` is (8): four
 * means, then four reciprocal deviations.
 */
import { channelsOf, planeOf, requireExactShape, requireShape } from '../operation.ts';
import type { Operand, Shape } from '../operation.ts';

const groupCount = 4;
const epsilon = 1e-5;

/** What every norm reads: x (H, W, C), weight (C), bias (C). */
export interface NormOperands {
  readonly x: Operand;
  readonly weight: Operand;
  readonly bias: Operand;
}

export interface NormGradients {
  readonly dx: Operand | undefined;
  readonly dWeight: Operand | undefined;
  readonly dBias: Operand | undefined;
}

/** @throws ShapeError unless x is (H, W, C) with C a multiple of 4 and weight and bias are (C) */
export function requireGroupNorm(x: Shape, weight: Shape, bias: Shape): void {
  const [, , channels] = planeOf(x);
  requireShape(channels % groupCount === 0, `${String(channels)} channels do not divide into four groups`);
  requireExactShape('weight', weight, [channels]);
  requireExactShape('bias', bias, [channels]);
}

/** Fills `statistics` (8) from x (H, W, C). */
export function groupStatistics(x: Operand, statistics: Float64Array): void {
  const channels = channelsOf(x.shape);
  const perGroup = channels / groupCount;
  const count = x.data.length / groupCount;
  for (let group = 0; group < groupCount; group++) {
    let mean = 0;
    for (let i = 0; i < x.data.length; i++) {
      if (Math.floor((i % channels) / perGroup) === group) mean += x.data[i]!;
    }
    mean /= count;
    let variance = 0;
    for (let i = 0; i < x.data.length; i++) {
      if (Math.floor((i % channels) / perGroup) === group) variance += (x.data[i]! - mean) ** 2;
    }
    statistics[group] = mean;
    statistics[groupCount + group] = 1 / Math.sqrt(variance / count + epsilon);
  }
}

/** (x - mean) · rstd · weight + bias, for element i of x. */
export function normalized({ x, weight, bias }: NormOperands, statistics: Float64Array, i: number): number {
  const channels = channelsOf(x.shape);
  const channel = i % channels;
  const group = Math.floor((channel * groupCount) / channels);
  const hat = (x.data[i]! - statistics[group]!) * statistics[groupCount + group]!;
  return hat * weight.data[channel]! + bias.data[channel]!;
}

/**
 * Adds the gradients of x, weight and bias, given the gradient of the normalized values.
 * @param dNormalized (H, W, C)
 */
export function addGroupNormGradient(
  { x, weight: { data: weight } }: NormOperands,
  statistics: Float64Array,
  dNormalized: Float64Array,
  { dx, dWeight, dBias }: NormGradients,
): void {
  const channels = channelsOf(x.shape);
  const perGroup = channels / groupCount;
  const count = x.data.length / groupCount;
  const groupOf = (i: number): number => Math.floor((i % channels) / perGroup);
  const sum = new Float64Array(groupCount);
  const sumHat = new Float64Array(groupCount);
  for (let i = 0; i < x.data.length; i++) {
    const group = groupOf(i);
    const hat = (x.data[i]! - statistics[group]!) * statistics[groupCount + group]!;
    const dHat = dNormalized[i]! * weight[i % channels]!;
    sum[group]! += dHat;
    sumHat[group]! += dHat * hat;
    if (dWeight !== undefined) dWeight.data[i % channels]! += dNormalized[i]! * hat;
    if (dBias !== undefined) dBias.data[i % channels]! += dNormalized[i]!;
  }
  if (dx === undefined) return;
  for (let i = 0; i < x.data.length; i++) {
    const group = groupOf(i);
    const rstd = statistics[groupCount + group]!;
    const hat = (x.data[i]! - statistics[group]!) * rstd;
    const dHat = dNormalized[i]! * weight[i % channels]!;
    dx.data[i]! += rstd * (dHat - (sum[group]! + hat * sumHat[group]!) / count);
  }
}
