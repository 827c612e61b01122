/**
 * The bridge's result for one scale: skip = h·u + a with a = s·t, u = a + t, that is t · (h·(1 + s) + s).
 * Convention: t (H, W, C), s (H, W, 1), h (C), y (H, W, C).
 */
import { defineOperation, planeOf, requireExactShape } from '../operation.ts';

/** Inputs t (H, W, C), s (H, W, 1), h (C); output (H, W, C). */
export const attendedSkip = defineOperation({
  kind: 'attended-skip',
  inputs: ['t', 's', 'h'],
  outputs: ['y'],
  infer: ({ t, s, h }) => {
    const shape = t;
    const [height, width, channels] = planeOf(shape);
    requireExactShape('s', s, [height, width, 1]);
    requireExactShape('h', h, [channels]);
    return { y: { shape } };
  },
  forward: ({ t, s, h }, { y }) => {
    for (let i = 0; i < t.data.length; i++) {
      const gate = s.data[Math.floor(i / h.data.length)]!;
      y.data[i] = t.data[i]! * (h.data[i % h.data.length]! * (1 + gate) + gate);
    }
  },
  gradient: {
    reads: ['t', 's', 'h'],
    from: ['y'],
    to: ['t', 's', 'h'],
    apply: ({ t, s, h, dy }, { dt, ds, dh }) => {
      for (let i = 0; i < t.data.length; i++) {
        const pixel = Math.floor(i / h.data.length);
        const channel = i % h.data.length;
        const gate = s.data[pixel]!;
        const head = h.data[channel]!;
        if (dt !== undefined) dt.data[i]! += dy.data[i]! * (head * (1 + gate) + gate);
        if (ds !== undefined) ds.data[pixel]! += dy.data[i]! * t.data[i]! * (head + 1);
        if (dh !== undefined) dh.data[channel]! += dy.data[i]! * t.data[i]! * (1 + gate);
      }
    },
  },
});
