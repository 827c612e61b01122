/**
 * GroupNorm(4) → GELU, + an optional skip: the end of decoder 1, which does not resize.
 * Convention: output 1 holds the group statistics (8) for the gradient; the skip is added after the GELU.
 */
import { operand, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { gelu, geluDerivative } from './activation.ts';
import { addGroupNormGradient, groupStatistics, normalized, requireGroupNorm } from './group-statistics.ts';

/** Inputs x (H, W, C), weight (C), bias (C), skip (H, W, C) or none; outputs (H, W, C), (8). */
export const groupnormGelu: OperationDefinition = {
  kind: 'groupnorm-gelu',
  attributes: [],
  infer: (inputs) => {
    requireGroupNorm('groupnorm-gelu', inputs);
    const shape = shapeAt('groupnorm-gelu', inputs, 0);
    const skip = inputs[3];
    if (skip !== undefined) requireExactShape('groupnorm-gelu', 'skip', skip, shape);
    return [{ shape }, { shape: [8] }];
  },
  forward: (inputs, outputs) => {
    const y = operand(outputs, 0).data;
    const statistics = operand(outputs, 1).data;
    groupStatistics(operand(inputs, 0), statistics);
    const skip = inputs[3]?.data;
    for (let i = 0; i < y.length; i++) y[i] = gelu(normalized(inputs, statistics, i)) + (skip?.[i] ?? 0);
  },
  gradient: {
    readsInputs: () => [0, 1, 2],
    readsOutputs: [1],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2, 3],
    passesThrough: 3,
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const statistics = operand(outputs, 1).data;
      const dy = operand(outputGradients, 0).data;
      const dNormalized = dy.map((value, i) => value * geluDerivative(normalized(inputs, statistics, i)));
      addGroupNormGradient(inputs, statistics, dNormalized, inputGradients);
      const dSkip = inputGradients[3];
      if (dSkip !== undefined) for (let i = 0; i < dy.length; i++) dSkip.data[i]! += dy[i]!;
    },
  },
};
