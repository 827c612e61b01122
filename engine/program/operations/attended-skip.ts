/**
 * The bridge's result for one scale: skip = h·u + a with a = s·t, u = a + t, that is t · (h·(1 + s) + s).
 * Convention: t (H, W, C), s (H, W, 1), h (C), y (H, W, C).
 */
import { operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';

/** Inputs t (H, W, C), s (H, W, 1), h (C); output (H, W, C). */
export const attendedSkip: OperationDefinition = {
  kind: 'attended-skip',
  attributes: [],
  infer: (inputs) => {
    const shape = shapeAt('attended-skip', inputs, 0);
    const [height, width, channels] = planeOf('attended-skip', shape);
    requireExactShape('attended-skip', 's', shapeAt('attended-skip', inputs, 1), [height, width, 1]);
    requireExactShape('attended-skip', 'h', shapeAt('attended-skip', inputs, 2), [channels]);
    return [{ shape }];
  },
  forward: (inputs, outputs) => {
    const t = operand(inputs, 0).data;
    const s = operand(inputs, 1).data;
    const h = operand(inputs, 2).data;
    const y = operand(outputs, 0).data;
    for (let i = 0; i < t.length; i++) {
      const gate = s[Math.floor(i / h.length)]!;
      y[i] = t[i]! * (h[i % h.length]! * (1 + gate) + gate);
    }
  },
  gradient: {
    readsInputs: () => [0, 1, 2],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2],
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const t = operand(inputs, 0).data;
      const s = operand(inputs, 1).data;
      const h = operand(inputs, 2).data;
      const dy = operand(outputGradients, 0).data;
      const [dt, ds, dh] = inputGradients;
      for (let i = 0; i < t.length; i++) {
        const pixel = Math.floor(i / h.length);
        const channel = i % h.length;
        const gate = s[pixel]!;
        const head = h[channel]!;
        if (dt !== undefined) dt.data[i]! += dy[i]! * (head * (1 + gate) + gate);
        if (ds !== undefined) ds.data[pixel]! += dy[i]! * t[i]! * (head + 1);
        if (dh !== undefined) dh.data[channel]! += dy[i]! * t[i]! * (1 + gate);
      }
    },
  },
};
