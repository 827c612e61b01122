/**
 * y = x · weightᵀ + bias for every row: projections of tokens, 1×1 convolutions. Each token may hold several rows one
 * after the other (the four chunks of a PVM layer share one Mamba), and the result may be cut into parts (in_proj gives
 * x and z).
 * Convention: weight (O, I) as PyTorch has it, further axes of extent 1 allowed; x (…, S·I), each part (…, S·O/parts).
 */
import { channelsOf, everyPosition, operand, requireExactShape, requireShape, shapeAt, sizeOf } from '../operation.ts';
import type { OperationDefinition, Shape } from '../operation.ts';

function featuresOf(weight: Shape): readonly [outputs: number, inputs: number] {
  const outputs = weight[0] ?? 1;
  return [outputs, sizeOf(weight) / outputs];
}

/** Inputs x (…, S·I), weight (O, I), bias (O) or none; attribute parts; outputs `parts` times (…, S·O/parts). */
export const linear: OperationDefinition = {
  kind: 'linear',
  attributes: ['parts'],
  infer: (inputs, attributes) => {
    const shape = shapeAt('linear', inputs, 0);
    const weight = shapeAt('linear', inputs, 1);
    const [outputs, features] = featuresOf(weight);
    requireExactShape('linear', 'weight', weight, [outputs, weight[1] ?? 0, ...weight.slice(2).map(() => 1)]);
    const parts = attributes['parts'] ?? 1;
    requireShape(Number.isInteger(parts) && parts >= 1, 'linear', `parts must be 1 or more, got ${String(parts)}`);
    requireShape(channelsOf(shape) % features === 0, 'linear', `rows of ${String(features)} do not fill the last axis`);
    requireShape(
      outputs % parts === 0,
      'linear',
      `${String(outputs)} outputs do not divide into ${String(parts)} parts`,
    );
    const bias = inputs[2];
    if (bias !== undefined) requireExactShape('linear', 'bias', bias, [outputs]);
    const channels = ((channelsOf(shape) / features) * outputs) / parts;
    return everyPosition(parts).map(() => ({ shape: [...shape.slice(0, -1), channels] }));
  },
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0).data;
    const weight = operand(inputs, 1);
    const bias = inputs[2]?.data;
    const [O, I] = featuresOf(weight.shape);
    const perPart = O / outputs.length;
    for (let row = 0; row < x.length / I; row++) {
      for (let o = 0; o < O; o++) {
        let total = bias?.[o] ?? 0;
        for (let i = 0; i < I; i++) total += x[row * I + i]! * weight.data[o * I + i]!;
        operand(outputs, Math.floor(o / perPart)).data[row * perPart + (o % perPart)] = total;
      }
    }
  },
  gradient: {
    readsInputs: () => [0, 1],
    readsOutputs: [],
    fromOutputs: everyPosition,
    toInputs: () => [0, 1, 2],
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0).data;
      const weight = operand(inputs, 1);
      const [dx, dWeight, dBias] = inputGradients;
      const [O, I] = featuresOf(weight.shape);
      const perPart = O / outputs.length;
      for (let row = 0; row < x.length / I; row++) {
        for (let o = 0; o < O; o++) {
          const dy = operand(outputGradients, Math.floor(o / perPart)).data[row * perPart + (o % perPart)]!;
          if (dBias !== undefined) dBias.data[o]! += dy;
          for (let i = 0; i < I; i++) {
            if (dx !== undefined) dx.data[row * I + i]! += dy * weight.data[o * I + i]!;
            if (dWeight !== undefined) dWeight.data[o * I + i]! += dy * x[row * I + i]!;
          }
        }
      }
    },
  },
};
