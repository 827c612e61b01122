/**
 * GroupNorm(4) → bilinear ×2 (align_corners) → GELU, + an optional skip: the end of decoder 2 to 5.
 * Convention: `statistics` holds those of the groups (8) for the gradient; the skip is added after the GELU.
 */
import { defineOperation, planeOf, requireExactShape } from '../operation.ts';
import { gelu, geluDerivative } from './activation.ts';
import { eachBilinearTap } from './bilinear.ts';
import { addGroupNormGradient, groupStatistics, normalized, requireGroupNorm } from './group-statistics.ts';
import type { NormOperands } from './group-statistics.ts';

/** The normalized plane, upsampled: (2H, 2W, C). */
function upsampled(norm: NormOperands, statistics: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size);
  eachBilinearTap(norm.x.shape, (iy, ix, weight) => {
    result[iy]! += weight * normalized(norm, statistics, ix);
  });
  return result;
}

/** Inputs x (H, W, C), weight (C), bias (C), skip (2H, 2W, C) or none; outputs (2H, 2W, C), (8). */
export const groupnormUpsampleGelu = defineOperation({
  kind: 'groupnorm-upsample-gelu',
  inputs: ['x', 'weight', 'bias', 'skip?'],
  outputs: ['y', 'statistics'],
  infer: ({ x, weight, bias, skip }) => {
    requireGroupNorm(x, weight, bias);
    const [height, width, channels] = planeOf(x);
    const shape = [2 * height, 2 * width, channels];
    if (skip !== undefined) requireExactShape('skip', skip, shape);
    return { y: { shape }, statistics: { shape: [8] } };
  },
  forward: ({ skip, ...norm }, { y, statistics }) => {
    groupStatistics(norm.x, statistics.data);
    const values = upsampled(norm, statistics.data, y.data.length);
    for (let i = 0; i < values.length; i++) y.data[i] = gelu(values[i]!) + (skip?.data[i] ?? 0);
  },
  gradient: {
    reads: ['x', 'weight', 'bias', 'statistics'],
    from: ['y'],
    to: ['x', 'weight', 'bias', 'skip'],
    passesThrough: 'skip',
    apply: ({ statistics, dy, ...norm }, { dSkip, ...gradients }) => {
      const values = upsampled(norm, statistics.data, dy.data.length);
      const dNormalized = new Float64Array(norm.x.data.length);
      eachBilinearTap(norm.x.shape, (iy, ix, weight) => {
        dNormalized[ix]! += weight * dy.data[iy]! * geluDerivative(values[iy]!);
      });
      addGroupNormGradient(norm, statistics.data, dNormalized, gradients);
      if (dSkip !== undefined) for (let i = 0; i < dy.data.length; i++) dSkip.data[i]! += dy.data[i]!;
    },
  },
});
