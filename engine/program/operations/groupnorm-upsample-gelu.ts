/**
 * GroupNorm(4) → bilinear ×2 (align_corners) → GELU, + an optional skip: the end of decoder 2 to 5.
 * Convention: output 1 holds the group statistics (8) for the gradient; the skip is added after the GELU.
 */
import { operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { Operands, OperationDefinition } from '../operation.ts';
import { gelu, geluDerivative } from './activation.ts';
import { eachBilinearTap } from './bilinear.ts';
import { addGroupNormGradient, groupStatistics, normalized, requireGroupNorm } from './group-statistics.ts';

/** The normalized plane, upsampled: (2H, 2W, C). */
function upsampled(inputs: Operands, statistics: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size);
  eachBilinearTap(operand(inputs, 0).shape, (iy, ix, weight) => {
    result[iy]! += weight * normalized(inputs, statistics, ix);
  });
  return result;
}

/** Inputs x (H, W, C), weight (C), bias (C), skip (2H, 2W, C) or none; outputs (2H, 2W, C), (8). */
export const groupnormUpsampleGelu: OperationDefinition = {
  kind: 'groupnorm-upsample-gelu',
  attributes: [],
  infer: (inputs) => {
    requireGroupNorm('groupnorm-upsample-gelu', inputs);
    const [height, width, channels] = planeOf('groupnorm-upsample-gelu', shapeAt('groupnorm-upsample-gelu', inputs, 0));
    const shape = [2 * height, 2 * width, channels];
    const skip = inputs[3];
    if (skip !== undefined) requireExactShape('groupnorm-upsample-gelu', 'skip', skip, shape);
    return [{ shape }, { shape: [8] }];
  },
  forward: (inputs, outputs) => {
    const y = operand(outputs, 0).data;
    const statistics = operand(outputs, 1).data;
    groupStatistics(operand(inputs, 0), statistics);
    const values = upsampled(inputs, statistics, y.length);
    const skip = inputs[3]?.data;
    for (let i = 0; i < y.length; i++) y[i] = gelu(values[i]!) + (skip?.[i] ?? 0);
  },
  gradient: {
    readsInputs: () => [0, 1, 2],
    readsOutputs: [1],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2, 3],
    passesThrough: 3,
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0);
      const statistics = operand(outputs, 1).data;
      const dy = operand(outputGradients, 0).data;
      const values = upsampled(inputs, statistics, dy.length);
      const dNormalized = new Float64Array(x.data.length);
      eachBilinearTap(x.shape, (iy, ix, weight) => {
        dNormalized[ix]! += weight * dy[iy]! * geluDerivative(values[iy]!);
      });
      addGroupNormGradient(inputs, statistics, dNormalized, inputGradients);
      const dSkip = inputGradients[3];
      if (dSkip !== undefined) for (let i = 0; i < dy.length; i++) dSkip.data[i]! += dy[i]!;
    },
  },
};
