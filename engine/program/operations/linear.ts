/**
 * y = x · weightᵀ + bias for every row: projections of tokens, 1×1 convolutions. Each token may hold several rows one
 * after the other (the four chunks of a PVM layer share one Mamba), and the result may be cut into parts (in_proj gives
 * x and z).
 * Convention: weight (O, I) as PyTorch has it, further axes of extent 1 allowed; x (…, S·I), each part (…, S·O/parts).
 */
import { channelsOf, defineOperation, requireExactShape, requireShape, sizeOf } from '../operation.ts';
import type { Shape } from '../operation.ts';

function featuresOf(weight: Shape): readonly [outputs: number, inputs: number] {
  const outputs = weight[0] ?? 1;
  return [outputs, sizeOf(weight) / outputs];
}

/** Inputs x (…, S·I), weight (O, I), bias (O) or none; attribute parts; outputs `parts` times (…, S·O/parts). */
export const linear = defineOperation({
  kind: 'linear',
  attributes: ['parts'],
  inputs: ['x', 'weight', 'bias?'],
  outputs: ['y[]'],
  infer: ({ x, weight, bias }, { parts }) => {
    const [outputs, features] = featuresOf(weight);
    requireExactShape('weight', weight, [outputs, weight[1] ?? 0, ...weight.slice(2).map(() => 1)]);
    requireShape(Number.isInteger(parts) && parts >= 1, `parts must be 1 or more, got ${String(parts)}`);
    requireShape(channelsOf(x) % features === 0, `rows of ${String(features)} do not fill the last axis`);
    requireShape(outputs % parts === 0, `${String(outputs)} outputs do not divide into ${String(parts)} parts`);
    if (bias !== undefined) requireExactShape('bias', bias, [outputs]);
    const channels = ((channelsOf(x) / features) * outputs) / parts;
    return { y: Array.from({ length: parts }, () => ({ shape: [...x.slice(0, -1), channels] })) };
  },
  forward: ({ x, weight, bias }, { y }) => {
    const [O, I] = featuresOf(weight.shape);
    const perPart = O / y.length;
    for (let row = 0; row < x.data.length / I; row++) {
      for (let o = 0; o < O; o++) {
        let total = bias?.data[o] ?? 0;
        for (let i = 0; i < I; i++) total += x.data[row * I + i]! * weight.data[o * I + i]!;
        y[Math.floor(o / perPart)]!.data[row * perPart + (o % perPart)] = total;
      }
    }
  },
  gradient: {
    reads: ['x', 'weight'],
    from: ['y'],
    to: ['x', 'weight', 'bias'],
    apply: ({ x, weight, dy: parts }, { dx, dWeight, dBias }) => {
      const [O, I] = featuresOf(weight.shape);
      const perPart = O / parts.length;
      for (let row = 0; row < x.data.length / I; row++) {
        for (let o = 0; o < O; o++) {
          const dy = parts[Math.floor(o / perPart)]!.data[row * perPart + (o % perPart)]!;
          if (dBias !== undefined) dBias.data[o]! += dy;
          for (let i = 0; i < I; i++) {
            if (dx !== undefined) dx.data[row * I + i]! += dy * weight.data[o * I + i]!;
            if (dWeight !== undefined) dWeight.data[o * I + i]! += dy * x.data[row * I + i]!;
          }
        }
      }
    },
  },
});
