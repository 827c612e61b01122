/**
 * 3×3 convolution, stride 1, zero padding 1, with bias (encoder 1 to 3, decoder 4 and 5).
 * Convention: x (H, W, I), weight (O, I, 3, 3) as PyTorch has it, bias (O), y (H, W, O).
 */
import { operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition, Shape } from '../operation.ts';

/** Calls `visit` with the element indices of x, weight and y of every product of the convolution. */
function eachProduct(x: Shape, outputs: number, visit: (x: number, weight: number, y: number) => void): void {
  const [height, width, channels] = planeOf('conv3x3', x);
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
export const conv3x3: OperationDefinition = {
  kind: 'conv3x3',
  attributes: [],
  infer: (inputs) => {
    const [height, width, channels] = planeOf('conv3x3', shapeAt('conv3x3', inputs, 0));
    const weight = shapeAt('conv3x3', inputs, 1);
    const [outputs = 0] = weight;
    requireExactShape('conv3x3', 'weight', weight, [outputs, channels, 3, 3]);
    requireExactShape('conv3x3', 'bias', shapeAt('conv3x3', inputs, 2), [outputs]);
    return [{ shape: [height, width, outputs] }];
  },
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0);
    const weight = operand(inputs, 1).data;
    const bias = operand(inputs, 2).data;
    const y = operand(outputs, 0).data;
    for (let i = 0; i < y.length; i++) y[i] = bias[i % bias.length]!;
    eachProduct(x.shape, bias.length, (ix, iw, iy) => {
      y[iy]! += x.data[ix]! * weight[iw]!;
    });
  },
  gradient: {
    readsInputs: () => [0, 1],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2],
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0);
      const weight = operand(inputs, 1);
      const dy = operand(outputGradients, 0).data;
      const [dx, dWeight, dBias] = inputGradients;
      const channels = weight.shape[0] ?? 0;
      eachProduct(x.shape, channels, (ix, iw, iy) => {
        if (dx !== undefined) dx.data[ix]! += dy[iy]! * weight.data[iw]!;
        if (dWeight !== undefined) dWeight.data[iw]! += dy[iy]! * x.data[ix]!;
      });
      if (dBias !== undefined) for (let i = 0; i < dy.length; i++) dBias.data[i % channels]! += dy[i]!;
    },
  },
};
