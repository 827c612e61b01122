/**
 * Mean over the plane of u = (1 + s) · t, per channel: what the bridge's channel attention looks at.
 * Convention: t (H, W, C), s (H, W, 1), y (C).
 */
import { operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';

/** Inputs t (H, W, C), s (H, W, 1); output (C). */
export const attendedMean: OperationDefinition = {
  kind: 'attended-mean',
  attributes: [],
  infer: (inputs) => {
    const [height, width, channels] = planeOf('attended-mean', shapeAt('attended-mean', inputs, 0));
    requireExactShape('attended-mean', 's', shapeAt('attended-mean', inputs, 1), [height, width, 1]);
    return [{ shape: [channels] }];
  },
  forward: (inputs, outputs) => {
    const t = operand(inputs, 0).data;
    const s = operand(inputs, 1).data;
    const y = operand(outputs, 0).data;
    y.fill(0);
    for (let i = 0; i < t.length; i++) {
      y[i % y.length]! += ((1 + s[Math.floor(i / y.length)]!) * t[i]!) / s.length;
    }
  },
  gradient: {
    readsInputs: () => [0, 1],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0, 1],
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const t = operand(inputs, 0).data;
      const s = operand(inputs, 1).data;
      const dy = operand(outputGradients, 0).data;
      const [dt, ds] = inputGradients;
      for (let i = 0; i < t.length; i++) {
        const pixel = Math.floor(i / dy.length);
        const share = dy[i % dy.length]! / s.length;
        if (dt !== undefined) dt.data[i]! += share * (1 + s[pixel]!);
        if (ds !== undefined) ds.data[pixel]! += share * t[i]!;
      }
    },
  },
};
