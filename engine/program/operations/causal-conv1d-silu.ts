/**
 * Depthwise causal convolution of width 4 over time, with bias, then SiLU (Mamba, Gu & Dao 2023, figure 3).
 * Convention: a token holds S sequences of E channels one after the other; x (…, S·E) with time along the leading axes,
 * weight (E, 1, 4): tap 3 is the present, tap 0 three steps ago; before the start are zeros.
 */
import { channelsOf, defineOperation, requireExactShape, requireShape } from '../operation.ts';
import type { Operand } from '../operation.ts';
import { silu, siluDerivative } from './activation.ts';

const width = 4;

/** The convolution's value before the SiLU, for time t and channel c of the token. */
function convolved(x: Operand, weight: Operand, bias: Operand, t: number, c: number): number {
  const channels = channelsOf(x.shape);
  const e = c % bias.data.length;
  let total = bias.data[e]!;
  for (let tap = Math.max(0, width - 1 - t); tap < width; tap++) {
    total += weight.data[e * width + tap]! * x.data[(t + tap - (width - 1)) * channels + c]!;
  }
  return total;
}

/** Inputs x (…, S·E), weight (E, 1, 4), bias (E); output of x's shape. */
export const causalConv1dSilu = defineOperation({
  kind: 'causal-conv1d-silu',
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y'],
  infer: ({ x, weight, bias }) => {
    const shape = x;
    const [channels = 0] = weight;
    requireExactShape('weight', weight, [channels, 1, width]);
    requireShape(channelsOf(shape) % channels === 0, 'x must hold whole sequences');
    requireExactShape('bias', bias, [channels]);
    return { y: { shape } };
  },
  forward: ({ x, weight, bias }, { y }) => {
    const channels = channelsOf(y.shape);
    for (let i = 0; i < y.data.length; i++) {
      y.data[i] = silu(convolved(x, weight, bias, Math.floor(i / channels), i % channels));
    }
  },
  gradient: {
    reads: ['x', 'weight', 'bias'],
    from: ['y'],
    to: ['x', 'weight', 'bias'],
    apply: ({ x, weight, bias, dy }, { dx, dWeight, dBias }) => {
      const channels = channelsOf(x.shape);
      const E = weight.data.length / width;
      for (let i = 0; i < dy.data.length; i++) {
        const t = Math.floor(i / channels);
        const c = i % channels;
        const dConvolved = dy.data[i]! * siluDerivative(convolved(x, weight, bias, t, c));
        if (dBias !== undefined) dBias.data[c % E]! += dConvolved;
        for (let tap = Math.max(0, width - 1 - t); tap < width; tap++) {
          const source = (t + tap - (width - 1)) * channels + c;
          if (dx !== undefined) dx.data[source]! += dConvolved * weight.data[(c % E) * width + tap]!;
          if (dWeight !== undefined) dWeight.data[(c % E) * width + tap]! += dConvolved * x.data[source]!;
        }
      }
    },
  },
});
