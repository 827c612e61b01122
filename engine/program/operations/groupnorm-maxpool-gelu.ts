/**
 * GroupNorm(4) → 2×2 max-pool → GELU in one: the end of encoder 1 to 5.
 * Convention: `winners` holds the winner's position in its 2×2 window (0..3, row-major, the first of equals, as PyTorch),
 * `statistics` those of the groups (8): both are what the gradient needs.
 */
import { defineOperation, planeOf, requireShape } from '../operation.ts';
import { gelu, geluDerivative } from './activation.ts';
import { addGroupNormGradient, groupStatistics, normalized, requireGroupNorm } from './group-statistics.ts';

/** Index in (H, W, C) of position 0..3 of the window of element j of (H/2, W/2, C). */
function windowElement(j: number, position: number, width: number, channels: number): number {
  const half = width / 2;
  const row = Math.floor(j / channels / half) * 2 + (position >> 1);
  const column = (Math.floor(j / channels) % half) * 2 + (position & 1);
  return (row * width + column) * channels + (j % channels);
}

/** Inputs x (H, W, C), weight (C), bias (C), H and W even; outputs (H/2, W/2, C), winners u8 of that shape, (8). */
export const groupnormMaxpoolGelu = defineOperation({
  kind: 'groupnorm-maxpool-gelu',
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y', 'winners', 'statistics'],
  infer: ({ x, weight, bias }) => {
    requireGroupNorm(x, weight, bias);
    const [height, width, channels] = planeOf(x);
    requireShape(height % 2 === 0 && width % 2 === 0, 'height and width must be even');
    const shape = [height / 2, width / 2, channels];
    return { y: { shape }, winners: { shape, type: 'u8' }, statistics: { shape: [8] } };
  },
  forward: (norm, { y, winners, statistics }) => {
    const [, width, channels] = planeOf(norm.x.shape);
    groupStatistics(norm.x, statistics.data);
    for (let j = 0; j < y.data.length; j++) {
      let best = -Infinity;
      for (let position = 0; position < 4; position++) {
        const value = normalized(norm, statistics.data, windowElement(j, position, width, channels));
        if (value > best || position === 0) {
          best = value;
          winners.data[j] = position;
        }
      }
      y.data[j] = gelu(best);
    }
  },
  gradient: {
    reads: ['x', 'weight', 'bias', 'winners', 'statistics'],
    from: ['y'],
    to: ['x', 'weight', 'bias'],
    apply: ({ winners, statistics, dy, ...norm }, gradients) => {
      const [, width, channels] = planeOf(norm.x.shape);
      const dNormalized = new Float64Array(norm.x.data.length);
      for (let j = 0; j < dy.data.length; j++) {
        const i = windowElement(j, winners.data[j]!, width, channels);
        dNormalized[i] = dy.data[j]! * geluDerivative(normalized(norm, statistics.data, i));
      }
      addGroupNormGradient(norm, statistics.data, dNormalized, gradients);
    },
  },
});
