/**
 * Bilinear ×2 upsampling with align_corners=True: the last step before the sigmoid.
 * Convention: x (H, W, C), y (2H, 2W, C).
 */
import { defineOperation, planeOf } from '../operation.ts';
import { eachBilinearTap } from './bilinear.ts';

/** Input (H, W, C); output (2H, 2W, C). */
export const upsample = defineOperation({
  kind: 'upsample',
  inputs: ['x'],
  outputs: ['y'],
  infer: ({ x }) => {
    const [height, width, channels] = planeOf(x);
    return { y: { shape: [2 * height, 2 * width, channels] } };
  },
  forward: ({ x }, { y }) => {
    y.data.fill(0);
    eachBilinearTap(x.shape, (iy, ix, weight) => {
      y.data[iy]! += weight * x.data[ix]!;
    });
  },
  gradient: {
    reads: [],
    from: ['y'],
    to: ['x'],
    apply: ({ dy }, { dx }) => {
      if (dx === undefined) return;
      eachBilinearTap(dx.shape, (iy, ix, weight) => {
        dx.data[ix]! += weight * dy.data[iy]!;
      });
    },
  },
});
