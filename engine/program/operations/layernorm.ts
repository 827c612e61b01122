/**
 * LayerNorm over the channels of every token, eps 1e-5 (Ba et al. 2016).
 * Convention: output 1 holds (mean, reciprocal deviation) of every token for the gradient.
 */
import { channelsOf, defineOperation, requireExactShape, sizeOf } from '../operation.ts';

const epsilon = 1e-5;

/** Inputs x (…, C), weight (C), bias (C); outputs (…, C), statistics (tokens, 2). */
export const layernorm = defineOperation({
  kind: 'layernorm',
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y', 'statistics'],
  infer: ({ x, weight, bias }) => {
    const shape = x;
    const channels = channelsOf(shape);
    requireExactShape('weight', weight, [channels]);
    requireExactShape('bias', bias, [channels]);
    return { y: { shape }, statistics: { shape: [sizeOf(shape) / channels, 2] } };
  },
  forward: ({ x, weight, bias }, { y, statistics }) => {
    const channels = channelsOf(x.shape);
    for (let token = 0; token < x.data.length / channels; token++) {
      const row = x.data.subarray(token * channels, (token + 1) * channels);
      const mean = row.reduce((total, value) => total + value, 0) / channels;
      const variance = row.reduce((total, value) => total + (value - mean) ** 2, 0) / channels;
      const rstd = 1 / Math.sqrt(variance + epsilon);
      statistics.data[2 * token] = mean;
      statistics.data[2 * token + 1] = rstd;
      for (let c = 0; c < channels; c++) {
        y.data[token * channels + c] = (row[c]! - mean) * rstd * weight.data[c]! + bias.data[c]!;
      }
    }
  },
  gradient: {
    reads: ['x', 'weight', 'statistics'],
    from: ['y'],
    to: ['x', 'weight', 'bias'],
    apply: ({ x, weight, statistics, dy }, { dx, dWeight, dBias }) => {
      const channels = channelsOf(x.shape);
      for (let token = 0; token < x.data.length / channels; token++) {
        const mean = statistics.data[2 * token]!;
        const rstd = statistics.data[2 * token + 1]!;
        let total = 0;
        let totalHat = 0;
        for (let c = 0; c < channels; c++) {
          const i = token * channels + c;
          const hat = (x.data[i]! - mean) * rstd;
          total += dy.data[i]! * weight.data[c]!;
          totalHat += dy.data[i]! * weight.data[c]! * hat;
          if (dWeight !== undefined) dWeight.data[c]! += dy.data[i]! * hat;
          if (dBias !== undefined) dBias.data[c]! += dy.data[i]!;
        }
        if (dx === undefined) continue;
        for (let c = 0; c < channels; c++) {
          const i = token * channels + c;
          const hat = (x.data[i]! - mean) * rstd;
          dx.data[i]! += rstd * (dy.data[i]! * weight.data[c]! - (total + hat * totalHat) / channels);
        }
      }
    },
  },
});
