/**
 * Mean and maximum over the channels of every pixel: what the bridge's spatial attention reads.
 * Convention: y (H, W, 2) is (mean, max); the gradient of the maximum goes to the first of equal channels, as PyTorch.
 */
import { defineOperation, planeOf } from '../operation.ts';

/** Input (H, W, C); output (H, W, 2). */
export const channelMeanMax = defineOperation({
  kind: 'channel-mean-max',
  inputs: ['x'],
  outputs: ['y'],
  infer: ({ x }) => {
    const [height, width] = planeOf(x);
    return { y: { shape: [height, width, 2] } };
  },
  forward: ({ x }, { y }) => {
    const [height, width, channels] = planeOf(x.shape);
    for (let pixel = 0; pixel < height * width; pixel++) {
      const values = x.data.subarray(pixel * channels, (pixel + 1) * channels);
      y.data[2 * pixel] = values.reduce((total, value) => total + value, 0) / channels;
      y.data[2 * pixel + 1] = Math.max(...values);
    }
  },
  gradient: {
    reads: ['x'],
    from: ['y'],
    to: ['x'],
    apply: ({ x, dy }, { dx }) => {
      if (dx === undefined) return;
      const [height, width, channels] = planeOf(x.shape);
      for (let pixel = 0; pixel < height * width; pixel++) {
        let winner = pixel * channels;
        for (let i = pixel * channels; i < (pixel + 1) * channels; i++) {
          if (x.data[i]! > x.data[winner]!) winner = i;
          dx.data[i]! += dy.data[2 * pixel]! / channels;
        }
        dx.data[winner]! += dy.data[2 * pixel + 1]!;
      }
    },
  },
});
