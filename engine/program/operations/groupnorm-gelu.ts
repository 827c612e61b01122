/**
 * GroupNorm(4) → GELU, + an optional skip: the end of decoder 1, which does not resize.
 * Convention: `statistics` holds those of the groups (8) for the gradient; the skip is added after the GELU.
 */
import { defineOperation, requireExactShape } from '../operation.ts';
import { gelu, geluDerivative } from './activation.ts';
import { addGroupNormGradient, groupStatistics, normalized, requireGroupNorm } from './group-statistics.ts';

/** Inputs x (H, W, C), weight (C), bias (C), skip (H, W, C) or none; outputs (H, W, C), (8). */
export const groupnormGelu = defineOperation({
  kind: 'groupnorm-gelu',
  inputs: ['x', 'weight', 'bias', 'skip?'],
  outputs: ['y', 'statistics'],
  infer: ({ x, weight, bias, skip }) => {
    requireGroupNorm(x, weight, bias);
    if (skip !== undefined) requireExactShape('skip', skip, x);
    return { y: { shape: x }, statistics: { shape: [8] } };
  },
  forward: ({ skip, ...norm }, { y, statistics }) => {
    groupStatistics(norm.x, statistics.data);
    for (let i = 0; i < y.data.length; i++) {
      y.data[i] = gelu(normalized(norm, statistics.data, i)) + (skip?.data[i] ?? 0);
    }
  },
  gradient: {
    reads: ['x', 'weight', 'bias', 'statistics'],
    from: ['y'],
    to: ['x', 'weight', 'bias', 'skip'],
    passesThrough: 'skip',
    apply: ({ statistics, dy, ...norm }, { dSkip, ...gradients }) => {
      const dNormalized = dy.data.map((value, i) => value * geluDerivative(normalized(norm, statistics.data, i)));
      addGroupNormGradient(norm, statistics.data, dNormalized, gradients);
      if (dSkip !== undefined) for (let i = 0; i < dy.data.length; i++) dSkip.data[i]! += dy.data[i]!;
    },
  },
});
