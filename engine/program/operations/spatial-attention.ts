/**
 * σ(conv 7×7, dilation 3, padding 9) of the (mean, max) plane: one gate per pixel, shared by the bridge's five scales.
 * Convention: x (H, W, 2), weight (1, 2, 7, 7), bias (1), y (H, W, 1).
 */
import { defineOperation, planeOf, requireExactShape, requireShape } from '../operation.ts';
import type { Shape } from '../operation.ts';
import { sigmoid } from './activation.ts';

const kernel = 7;
const dilation = 3;
const padding = 9;

function eachProduct(shape: Shape, visit: (x: number, weight: number, y: number) => void): void {
  const [height, width] = planeOf(shape);
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
export const spatialAttention = defineOperation({
  kind: 'spatial-attention',
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y'],
  infer: ({ x, weight, bias }) => {
    const [height, width, channels] = planeOf(x);
    requireShape(channels === 2, 'x must be (H, W, 2)');
    requireExactShape('weight', weight, [1, 2, kernel, kernel]);
    requireExactShape('bias', bias, [1]);
    return { y: { shape: [height, width, 1] } };
  },
  forward: ({ x, weight, bias }, { y }) => {
    y.data.fill(bias.data[0]!);
    eachProduct(x.shape, (ix, iw, iy) => {
      y.data[iy]! += x.data[ix]! * weight.data[iw]!;
    });
    for (let i = 0; i < y.data.length; i++) y.data[i] = sigmoid(y.data[i]!);
  },
  gradient: {
    reads: ['x', 'weight', 'y'],
    from: ['y'],
    to: ['x', 'weight', 'bias'],
    apply: ({ x, weight, y, dy }, { dx, dWeight, dBias }) => {
      const dLogit = dy.data.map((value, i) => value * y.data[i]! * (1 - y.data[i]!));
      eachProduct(x.shape, (ix, iw, iy) => {
        if (dx !== undefined) dx.data[ix]! += dLogit[iy]! * weight.data[iw]!;
        if (dWeight !== undefined) dWeight.data[iw]! += dLogit[iy]! * x.data[ix]!;
      });
      if (dBias !== undefined) dBias.data[0]! += dLogit.reduce((total, value) => total + value, 0);
    },
  },
});
