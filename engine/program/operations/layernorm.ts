/**
 * LayerNorm over the channels of every token, eps 1e-5 (Ba et al. 2016).
 * Convention: output 1 holds (mean, reciprocal deviation) of every token for the gradient.
 */
import { channelsOf, operand, requireExactShape, shapeAt, sizeOf } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';

const epsilon = 1e-5;

/** Inputs x (…, C), weight (C), bias (C); outputs (…, C), statistics (tokens, 2). */
export const layernorm: OperationDefinition = {
  kind: 'layernorm',
  attributes: [],
  infer: (inputs) => {
    const shape = shapeAt('layernorm', inputs, 0);
    const channels = channelsOf(shape);
    requireExactShape('layernorm', 'weight', shapeAt('layernorm', inputs, 1), [channels]);
    requireExactShape('layernorm', 'bias', shapeAt('layernorm', inputs, 2), [channels]);
    return [{ shape }, { shape: [sizeOf(shape) / channels, 2] }];
  },
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0);
    const weight = operand(inputs, 1).data;
    const bias = operand(inputs, 2).data;
    const y = operand(outputs, 0).data;
    const statistics = operand(outputs, 1).data;
    const channels = channelsOf(x.shape);
    for (let token = 0; token < x.data.length / channels; token++) {
      const row = x.data.subarray(token * channels, (token + 1) * channels);
      const mean = row.reduce((total, value) => total + value, 0) / channels;
      const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / channels;
      const rstd = 1 / Math.sqrt(variance + epsilon);
      statistics[2 * token] = mean;
      statistics[2 * token + 1] = rstd;
      for (let c = 0; c < channels; c++) y[token * channels + c] = (row[c]! - mean) * rstd * weight[c]! + bias[c]!;
    }
  },
  gradient: {
    readsInputs: () => [0, 1],
    readsOutputs: [1],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2],
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0);
      const weight = operand(inputs, 1).data;
      const statistics = operand(outputs, 1).data;
      const dy = operand(outputGradients, 0).data;
      const [dx, dWeight, dBias] = inputGradients;
      const channels = channelsOf(x.shape);
      for (let token = 0; token < x.data.length / channels; token++) {
        const mean = statistics[2 * token]!;
        const rstd = statistics[2 * token + 1]!;
        let total = 0;
        let totalHat = 0;
        for (let c = 0; c < channels; c++) {
          const i = token * channels + c;
          const hat = (x.data[i]! - mean) * rstd;
          total += dy[i]! * weight[c]!;
          totalHat += dy[i]! * weight[c]! * hat;
          if (dWeight !== undefined) dWeight.data[c]! += dy[i]! * hat;
          if (dBias !== undefined) dBias.data[c]! += dy[i]!;
        }
        if (dx === undefined) continue;
        for (let c = 0; c < channels; c++) {
          const i = token * channels + c;
          const hat = (x.data[i]! - mean) * rstd;
          dx.data[i]! += rstd * (dy[i]! * weight[c]! - (total + hat * totalHat) / channels);
        }
      }
    },
  },
};
