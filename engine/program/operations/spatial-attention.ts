/**
 * σ(conv 7×7, dilation 3, padding 9) of the (mean, max) plane: one gate per pixel, shared by the bridge's five scales.
 * Convention: x (H, W, 2), weight (1, 2, 7, 7), bias (1), y (H, W, 1).
 */
import { operand, planeOf, requireExactShape, requireShape, shapeAt } from '../operation.ts';
import type { OperationDefinition, Shape } from '../operation.ts';
import { sigmoid } from './activation.ts';

const kernel = 7;
const dilation = 3;
const padding = 9;

function eachProduct(shape: Shape, visit: (x: number, weight: number, y: number) => void): void {
  const [height, width] = planeOf('spatial-attention', shape);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let tap = 0; tap < kernel * kernel; tap++) {
        const sourceRow = row + Math.floor(tap / kernel) * dilation - padding;
        const sourceColumn = column + (tap % kernel) * dilation - padding;
        if (sourceRow < 0 || sourceRow >= height || sourceColumn < 0 || sourceColumn >= width) continue;
        for (let i = 0; i < 2; i++) {
          visit((sourceRow * width + sourceColumn) * 2 + i, i * kernel * kernel + tap, row * width + column);
        }
      }
    }
  }
}

/** Inputs x (H, W, 2), weight (1, 2, 7, 7), bias (1); output (H, W, 1) in 0..1. */
export const spatialAttention: OperationDefinition = {
  kind: 'spatial-attention',
  attributes: [],
  infer: (inputs) => {
    const kind = 'spatial-attention';
    const [height, width, channels] = planeOf(kind, shapeAt(kind, inputs, 0));
    requireShape(channels === 2, kind, 'x must be (H, W, 2)');
    requireExactShape(kind, 'weight', shapeAt(kind, inputs, 1), [1, 2, kernel, kernel]);
    requireExactShape(kind, 'bias', shapeAt(kind, inputs, 2), [1]);
    return [{ shape: [height, width, 1] }];
  },
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0);
    const weight = operand(inputs, 1).data;
    const y = operand(outputs, 0).data;
    y.fill(operand(inputs, 2).data[0]!);
    eachProduct(x.shape, (ix, iw, iy) => {
      y[iy]! += x.data[ix]! * weight[iw]!;
    });
    for (let i = 0; i < y.length; i++) y[i] = sigmoid(y[i]!);
  },
  gradient: {
    readsInputs: () => [0, 1],
    readsOutputs: [0],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2],
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0);
      const weight = operand(inputs, 1).data;
      const y = operand(outputs, 0).data;
      const [dx, dWeight, dBias] = inputGradients;
      const dLogit = operand(outputGradients, 0).data.map((value, i) => value * y[i]! * (1 - y[i]!));
      eachProduct(x.shape, (ix, iw, iy) => {
        if (dx !== undefined) dx.data[ix]! += dLogit[iy]! * weight[iw]!;
        if (dWeight !== undefined) dWeight.data[iw]! += dLogit[iy]! * x.data[ix]!;
      });
      if (dBias !== undefined) dBias.data[0]! += dLogit.reduce((total, value) => total + value, 0);
    },
  },
};
