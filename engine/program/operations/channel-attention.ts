/**
 * The bridge's channel attention: the scales' means one after the other, a Conv1d of width 3 along them, one sigmoid head
 * per scale. ('fc' and 'conv' heads are the same numbers: weight (C, Σ) or (C, Σ, 1).)
 * Convention: inputs are the n means, the Conv1d weight (1, 1, 3), then weight and bias of every head; outputs are the n
 * gates, then the mixed means (Σ) that the gradient needs.
 */
import { everyPosition, operand, requireExactShape, requireShape, shapeAt } from '../operation.ts';
import type { Operands, OperationDefinition } from '../operation.ts';
import { sigmoid } from './activation.ts';

/** The bridge has five; the gradient names as many outputs. */
const mostScales = 5;

const scalesOf = (inputCount: number): number => (inputCount - 1) / 3;

/** The means of all scales as one vector. */
function concatenated(inputs: Operands, scales: number): Float64Array {
  return Float64Array.from(everyPosition(scales).flatMap((scale) => [...operand(inputs, scale).data]));
}

/** Inputs n × (C_i), (1, 1, 3), n × [(C_i, Σ), (C_i)]; outputs n × (C_i) in 0..1, (Σ). */
export const channelAttention: OperationDefinition = {
  kind: 'channel-attention',
  attributes: [],
  infer: (inputs) => {
    const kind = 'channel-attention';
    const scales = scalesOf(inputs.length);
    const whole = Number.isInteger(scales) && scales >= 1 && scales <= mostScales;
    requireShape(whole, kind, `1 to ${String(mostScales)} scales need 4, 7, 10 … inputs, got ${String(inputs.length)}`);
    const widths = everyPosition(scales).map((scale) => {
      const mean = shapeAt(kind, inputs, scale);
      requireShape(mean.length === 1, kind, `mean ${String(scale + 1)} must be (C)`);
      return mean[0] ?? 0;
    });
    const total = widths.reduce((a, b) => a + b, 0);
    requireExactShape(kind, 'the Conv1d weight', shapeAt(kind, inputs, scales), [1, 1, 3]);
    widths.forEach((width, scale) => {
      const weight = shapeAt(kind, inputs, scales + 1 + 2 * scale);
      const bias = shapeAt(kind, inputs, scales + 2 + 2 * scale);
      const tail = weight.length === 3 ? [1] : [];
      requireExactShape(kind, `weight of head ${String(scale + 1)}`, weight, [width, total, ...tail]);
      requireExactShape(kind, `bias of head ${String(scale + 1)}`, bias, [width]);
    });
    return [...widths.map((width) => ({ shape: [width] })), { shape: [total] }];
  },
  forward: (inputs, outputs) => {
    const scales = scalesOf(inputs.length);
    const means = concatenated(inputs, scales);
    const taps = operand(inputs, scales).data;
    const mixed = operand(outputs, scales).data;
    for (let i = 0; i < mixed.length; i++) {
      mixed[i] = taps[0]! * (means[i - 1] ?? 0) + taps[1]! * means[i]! + taps[2]! * (means[i + 1] ?? 0);
    }
    for (let scale = 0; scale < scales; scale++) {
      const weight = operand(inputs, scales + 1 + 2 * scale).data;
      const bias = operand(inputs, scales + 2 + 2 * scale).data;
      const gate = operand(outputs, scale).data;
      for (let c = 0; c < gate.length; c++) {
        let total = bias[c]!;
        for (let i = 0; i < mixed.length; i++) total += weight[c * mixed.length + i]! * mixed[i]!;
        gate[c] = sigmoid(total);
      }
    }
  },
  gradient: {
    readsInputs: everyPosition,
    readsOutputs: everyPosition(mostScales + 1),
    fromOutputs: (outputCount) => everyPosition(outputCount - 1),
    toInputs: everyPosition,
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const scales = scalesOf(inputs.length);
      const means = concatenated(inputs, scales);
      const taps = operand(inputs, scales).data;
      const mixed = operand(outputs, scales).data;
      const dMixed = new Float64Array(mixed.length);
      for (let scale = 0; scale < scales; scale++) {
        const weight = operand(inputs, scales + 1 + 2 * scale).data;
        const gate = operand(outputs, scale).data;
        const dGate = operand(outputGradients, scale).data;
        const dWeight = inputGradients[scales + 1 + 2 * scale]?.data;
        const dBias = inputGradients[scales + 2 + 2 * scale]?.data;
        for (let c = 0; c < gate.length; c++) {
          const dLogit = dGate[c]! * gate[c]! * (1 - gate[c]!);
          if (dBias !== undefined) dBias[c]! += dLogit;
          for (let i = 0; i < mixed.length; i++) {
            if (dWeight !== undefined) dWeight[c * mixed.length + i]! += dLogit * mixed[i]!;
            dMixed[i]! += dLogit * weight[c * mixed.length + i]!;
          }
        }
      }
      const dTaps = inputGradients[scales]?.data;
      const dMeans = new Float64Array(means.length);
      for (let i = 0; i < dMixed.length; i++) {
        for (let tap = 0; tap < 3; tap++) {
          const source = i + tap - 1;
          if (source < 0 || source >= means.length) continue;
          if (dTaps !== undefined) dTaps[tap]! += dMixed[i]! * means[source]!;
          dMeans[source]! += dMixed[i]! * taps[tap]!;
        }
      }
      let offset = 0;
      for (let scale = 0; scale < scales; scale++) {
        const target = inputGradients[scale]?.data;
        const width = operand(inputs, scale).data.length;
        if (target !== undefined) for (let c = 0; c < width; c++) target[c]! += dMeans[offset + c]!;
        offset += width;
      }
    },
  },
};
