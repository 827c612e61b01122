/**
 * Mean and maximum over the channels of every pixel: what the bridge's spatial attention looks at.
 * Convention: y (H, W, 2) is (mean, max); the gradient of the maximum goes to the first of equal channels, as PyTorch.
 */
import { operand, planeOf, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';

/** Input (H, W, C); output (H, W, 2). */
export const channelMeanMax: OperationDefinition = {
  kind: 'channel-mean-max',
  attributes: [],
  infer: (inputs) => {
    const [height, width] = planeOf('channel-mean-max', shapeAt('channel-mean-max', inputs, 0));
    return [{ shape: [height, width, 2] }];
  },
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0);
    const [height, width, channels] = planeOf('channel-mean-max', x.shape);
    const y = operand(outputs, 0).data;
    for (let pixel = 0; pixel < height * width; pixel++) {
      const values = x.data.subarray(pixel * channels, (pixel + 1) * channels);
      y[2 * pixel] = values.reduce((total, value) => total + value, 0) / channels;
      y[2 * pixel + 1] = Math.max(...values);
    }
  },
  gradient: {
    readsInputs: () => [0],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0],
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0);
      const [height, width, channels] = planeOf('channel-mean-max', x.shape);
      const dy = operand(outputGradients, 0).data;
      const dx = operand(inputGradients, 0).data;
      for (let pixel = 0; pixel < height * width; pixel++) {
        let winner = pixel * channels;
        for (let i = pixel * channels; i < (pixel + 1) * channels; i++) {
          if (x.data[i]! > x.data[winner]!) winner = i;
          dx[i]! += dy[2 * pixel]! / channels;
        }
        dx[winner]! += dy[2 * pixel + 1]!;
      }
    },
  },
};
