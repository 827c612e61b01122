/**
 * 3×3 convolution, stride 1, zero padding 1, with bias (encoder 1 to 3, decoder 4 and 5).
 * Convention: x (H, W, I), weight (O, I, 3, 3) as PyTorch has it, bias (O), y (H, W, O).
 */
import { defineOperation, planeOf, requireExactShape } from '../operation.ts';
import type { Shape } from '../operation.ts';

/** Calls `visit` with the element indices of x, weight and y of every product of the convolution. */
function eachProduct(x: Shape, outputs: number, visit: (x: number, weight: number, y: number) => void): void {
  const [height, width, channels] = planeOf(x);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let tap = 0; tap < 9; tap++) {
        const sourceRow = row + Math.floor(tap / 3) - 1;
        const sourceColumn = column + (tap % 3) - 1;
        if (sourceRow < 0 || sourceRow >= height || sourceColumn < 0 || sourceColumn >= width) continue;
        const source = (sourceRow * width + sourceColumn) * channels;
        const target = (row * width + column) * outputs;
        for (let o = 0; o < outputs; o++) {
          for (let i = 0; i < channels; i++) visit(source + i, (o * channels + i) * 9 + tap, target + o);
        }
      }
    }
  }
}

/** Inputs x (H, W, I), weight (O, I, 3, 3), bias (O); output (H, W, O). */
export const conv3x3 = defineOperation({
  kind: 'conv3x3',
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y'],
  infer: ({ x, weight, bias }) => {
    const [height, width, channels] = planeOf(x);
    const [outputs = 0] = weight;
    requireExactShape('weight', weight, [outputs, channels, 3, 3]);
    requireExactShape('bias', bias, [outputs]);
    return { y: { shape: [height, width, outputs] } };
  },
  forward: ({ x, weight, bias }, { y }) => {
    for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[i % bias.data.length]!;
    eachProduct(x.shape, bias.data.length, (ix, iw, iy) => {
      y.data[iy]! += x.data[ix]! * weight.data[iw]!;
    });
  },
  gradient: {
    reads: ['x', 'weight'],
    from: ['y'],
    to: ['x', 'weight', 'bias'],
    apply: ({ x, weight, dy }, { dx, dWeight, dBias }) => {
      const channels = weight.shape[0] ?? 0;
      eachProduct(x.shape, channels, (ix, iw, iy) => {
        if (dx !== undefined) dx.data[ix]! += dy.data[iy]! * weight.data[iw]!;
        if (dWeight !== undefined) dWeight.data[iw]! += dy.data[iy]! * x.data[ix]!;
      });
      if (dBias !== undefined) for (let i = 0; i < dy.data.length; i++) dBias.data[i % channels]! += dy.data[i]!;
    },
  },
});
