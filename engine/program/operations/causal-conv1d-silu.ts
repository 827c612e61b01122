/**
 * Depthwise causal convolution of width 4 over time, with bias, then SiLU (Mamba, Gu & Dao 2023, figure 3).
 * Convention: a token holds S sequences of E channels one after the other; x (…, S·E) with time along the leading axes,
 * weight (E, 1, 4): tap 3 is the present, tap 0 three steps ago; before the start are zeros.
 */
import { channelsOf, operand, requireExactShape, requireShape, shapeAt } from '../operation.ts';
import type { Operands, OperationDefinition } from '../operation.ts';
import { silu, siluDerivative } from './activation.ts';

const width = 4;

/** The convolution's value before the SiLU, for time t and channel c of the token. */
function convolved(inputs: Operands, t: number, c: number): number {
  const x = operand(inputs, 0);
  const weight = operand(inputs, 1).data;
  const bias = operand(inputs, 2).data;
  const channels = channelsOf(x.shape);
  const e = c % bias.length;
  let total = bias[e]!;
  for (let tap = Math.max(0, width - 1 - t); tap < width; tap++) {
    total += weight[e * width + tap]! * x.data[(t + tap - (width - 1)) * channels + c]!;
  }
  return total;
}

/** Inputs x (…, S·E), weight (E, 1, 4), bias (E); output of x's shape. */
export const causalConv1dSilu: OperationDefinition = {
  kind: 'causal-conv1d-silu',
  attributes: [],
  infer: (inputs) => {
    const shape = shapeAt('causal-conv1d-silu', inputs, 0);
    const weight = shapeAt('causal-conv1d-silu', inputs, 1);
    const [channels = 0] = weight;
    requireExactShape('causal-conv1d-silu', 'weight', weight, [channels, 1, width]);
    requireShape(channelsOf(shape) % channels === 0, 'causal-conv1d-silu', 'x must hold whole sequences');
    requireExactShape('causal-conv1d-silu', 'bias', shapeAt('causal-conv1d-silu', inputs, 2), [channels]);
    return [{ shape }];
  },
  forward: (inputs, outputs) => {
    const y = operand(outputs, 0);
    const channels = channelsOf(y.shape);
    for (let i = 0; i < y.data.length; i++) y.data[i] = silu(convolved(inputs, Math.floor(i / channels), i % channels));
  },
  gradient: {
    readsInputs: () => [0, 1, 2],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2],
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0);
      const weight = operand(inputs, 1).data;
      const dy = operand(outputGradients, 0).data;
      const [dx, dWeight, dBias] = inputGradients;
      const channels = channelsOf(x.shape);
      const E = weight.length / width;
      for (let i = 0; i < dy.length; i++) {
        const t = Math.floor(i / channels);
        const c = i % channels;
        const dConvolved = dy[i]! * siluDerivative(convolved(inputs, t, c));
        if (dBias !== undefined) dBias.data[c % E]! += dConvolved;
        for (let tap = Math.max(0, width - 1 - t); tap < width; tap++) {
          const source = (t + tap - (width - 1)) * channels + c;
          if (dx !== undefined) dx.data[source]! += dConvolved * weight[(c % E) * width + tap]!;
          if (dWeight !== undefined) dWeight.data[(c % E) * width + tap]! += dConvolved * x.data[source]!;
        }
      }
    },
  },
};
