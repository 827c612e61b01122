/**
 * The bridge's channel attention: the scales' means one after the other, a Conv1d of width 3 along them, one sigmoid head
 * per scale. ('fc' and 'conv' heads are the same numbers: weight (C, Σ) or (C, Σ, 1).)
 * Convention: every list has one operand per scale; `mixed` holds the mixed means (Σ) for the gradient.
 */
import { defineOperation, requireExactShape, requireShape } from '../operation.ts';
import type { Operand } from '../operation.ts';
import { sigmoid } from './activation.ts';

/** The bridge has five. */
const mostScales = 5;

/** The means of all scales as one vector. */
function concatenated(means: readonly Operand[]): Float64Array {
  return Float64Array.from(means.flatMap(({ data }) => [...data]));
}

/** Inputs n × (C_i), (1, 1, 3), n × (C_i, Σ), n × (C_i); outputs n × (C_i) in 0..1, (Σ). */
export const channelAttention = defineOperation({
  kind: 'channel-attention',
  inputs: ['means[]', 'taps', 'weights[]', 'biases[]'],
  outputs: ['gates[]', 'mixed'],
  infer: ({ means, taps, weights, biases }) => {
    const { length } = means;
    requireShape(length >= 1 && length <= mostScales, `1 to ${String(mostScales)} scales, got ${String(length)}`);
    const widths = means.map((mean, scale) => {
      requireShape(mean.length === 1, `mean ${String(scale + 1)} must be (C)`);
      return mean[0] ?? 0;
    });
    const total = widths.reduce((a, b) => a + b, 0);
    requireExactShape('the Conv1d weight', taps, [1, 1, 3]);
    widths.forEach((width, scale) => {
      const weight = weights[scale]!;
      const tail = weight.length === 3 ? [1] : [];
      requireExactShape(`weight of head ${String(scale + 1)}`, weight, [width, total, ...tail]);
      requireExactShape(`bias of head ${String(scale + 1)}`, biases[scale]!, [width]);
    });
    return { gates: widths.map((width) => ({ shape: [width] })), mixed: { shape: [total] } };
  },
  forward: ({ means, taps: { data: taps }, weights, biases }, { gates, mixed: { data: mixed } }) => {
    const mean = concatenated(means);
    for (let i = 0; i < mixed.length; i++) {
      mixed[i] = taps[0]! * (mean[i - 1] ?? 0) + taps[1]! * mean[i]! + taps[2]! * (mean[i + 1] ?? 0);
    }
    gates.forEach(({ data: gate }, scale) => {
      const weight = weights[scale]!.data;
      const bias = biases[scale]!.data;
      for (let c = 0; c < gate.length; c++) {
        let total = bias[c]!;
        for (let i = 0; i < mixed.length; i++) total += weight[c * mixed.length + i]! * mixed[i]!;
        gate[c] = sigmoid(total);
      }
    });
  },
  gradient: {
    reads: ['means', 'taps', 'weights', 'gates', 'mixed'],
    from: ['gates'],
    to: ['means', 'taps', 'weights', 'biases'],
    apply: (
      { means, taps: { data: taps }, weights, gates, mixed: { data: mixed }, dGates },
      { dMeans, dTaps, dWeights, dBiases },
    ) => {
      const mean = concatenated(means);
      const dMixed = new Float64Array(mixed.length);
      gates.forEach(({ data: gate }, scale) => {
        const weight = weights[scale]!.data;
        const dGate = dGates[scale]!.data;
        const dWeight = dWeights[scale]?.data;
        const dBias = dBiases[scale]?.data;
        for (let c = 0; c < gate.length; c++) {
          const dLogit = dGate[c]! * gate[c]! * (1 - gate[c]!);
          if (dBias !== undefined) dBias[c]! += dLogit;
          for (let i = 0; i < mixed.length; i++) {
            if (dWeight !== undefined) dWeight[c * mixed.length + i]! += dLogit * mixed[i]!;
            dMixed[i]! += dLogit * weight[c * mixed.length + i]!;
          }
        }
      });
      const dMean = new Float64Array(mean.length);
      for (let i = 0; i < dMixed.length; i++) {
        for (let tap = 0; tap < 3; tap++) {
          const source = i + tap - 1;
          if (source < 0 || source >= mean.length) continue;
          if (dTaps !== undefined) dTaps.data[tap]! += dMixed[i]! * mean[source]!;
          dMean[source]! += dMixed[i]! * taps[tap]!;
        }
      }
      let offset = 0;
      means.forEach(({ data: { length } }, scale) => {
        const target = dMeans[scale]?.data;
        if (target !== undefined) for (let c = 0; c < length; c++) target[c]! += dMean[offset + c]!;
        offset += length;
      });
    },
  },
});
