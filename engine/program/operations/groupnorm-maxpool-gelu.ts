/**
 * GroupNorm(4) → 2×2 max-pool → GELU in one: the end of encoder 1 to 5.
 * Convention: output 1 holds the winner's place in its 2×2 window (0..3, row-major, the first of equals, as PyTorch),
 * output 2 the group statistics (8): both are what the gradient needs.
 */
import { operand, planeOf, requireShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { gelu, geluDerivative } from './activation.ts';
import { addGroupNormGradient, groupStatistics, normalized, requireGroupNorm } from './group-statistics.ts';

/** Index in (H, W, C) of place 0..3 of the window of element j of (H/2, W/2, C). */
function windowElement(j: number, place: number, width: number, channels: number): number {
  const half = width / 2;
  const row = Math.floor(j / channels / half) * 2 + (place >> 1);
  const column = (Math.floor(j / channels) % half) * 2 + (place & 1);
  return (row * width + column) * channels + (j % channels);
}

/** Inputs x (H, W, C), weight (C), bias (C), H and W even; outputs (H/2, W/2, C), winners u8 of that shape, (8). */
export const groupnormMaxpoolGelu: OperationDefinition = {
  kind: 'groupnorm-maxpool-gelu',
  attributes: [],
  infer: (inputs) => {
    requireGroupNorm('groupnorm-maxpool-gelu', inputs);
    const [height, width, channels] = planeOf('groupnorm-maxpool-gelu', shapeAt('groupnorm-maxpool-gelu', inputs, 0));
    requireShape(height % 2 === 0 && width % 2 === 0, 'groupnorm-maxpool-gelu', 'height and width must be even');
    const shape = [height / 2, width / 2, channels];
    return [{ shape }, { shape, type: 'u8' }, { shape: [8] }];
  },
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0);
    const [, width, channels] = planeOf('groupnorm-maxpool-gelu', x.shape);
    const y = operand(outputs, 0).data;
    const winners = operand(outputs, 1).data;
    const statistics = operand(outputs, 2).data;
    groupStatistics(x, statistics);
    for (let j = 0; j < y.length; j++) {
      let best = -Infinity;
      for (let place = 0; place < 4; place++) {
        const value = normalized(inputs, statistics, windowElement(j, place, width, channels));
        if (value > best || place === 0) {
          best = value;
          winners[j] = place;
        }
      }
      y[j] = gelu(best);
    }
  },
  gradient: {
    readsInputs: () => [0, 1, 2],
    readsOutputs: [1, 2],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2],
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0);
      const [, width, channels] = planeOf('groupnorm-maxpool-gelu', x.shape);
      const winners = operand(outputs, 1).data;
      const statistics = operand(outputs, 2).data;
      const dy = operand(outputGradients, 0).data;
      const dNormalized = new Float64Array(x.data.length);
      for (let j = 0; j < dy.length; j++) {
        const i = windowElement(j, winners[j]!, width, channels);
        dNormalized[i] = dy[j]! * geluDerivative(normalized(inputs, statistics, i));
      }
      addGroupNormGradient(inputs, statistics, dNormalized, inputGradients);
    },
  },
};
