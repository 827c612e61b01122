/**
 * Mean over the plane of u = (1 + s) · t, per channel: what the bridge's channel attention reads.
 * Convention: t (H, W, C), s (H, W, 1), y (C).
 */
import { defineOperation, planeOf, requireExactShape } from '../operation.ts';

/** Inputs t (H, W, C), s (H, W, 1); output (C). */
export const attendedMean = defineOperation({
  kind: 'attended-mean',
  inputs: ['t', 's'],
  outputs: ['y'],
  infer: ({ t, s }) => {
    const [height, width, channels] = planeOf(t);
    requireExactShape('s', s, [height, width, 1]);
    return { y: { shape: [channels] } };
  },
  forward: ({ t, s }, { y }) => {
    y.data.fill(0);
    for (let i = 0; i < t.data.length; i++) {
      y.data[i % y.data.length]! += ((1 + s.data[Math.floor(i / y.data.length)]!) * t.data[i]!) / s.data.length;
    }
  },
  gradient: {
    reads: ['t', 's'],
    from: ['y'],
    to: ['t', 's'],
    apply: ({ t, s, dy }, { dt, ds }) => {
      for (let i = 0; i < t.data.length; i++) {
        const pixel = Math.floor(i / dy.data.length);
        const share = dy.data[i % dy.data.length]! / s.data.length;
        if (dt !== undefined) dt.data[i]! += share * (1 + s.data[pixel]!);
        if (ds !== undefined) ds.data[pixel]! += share * t.data[i]!;
      }
    },
  },
});
