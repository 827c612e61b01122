/**
 * Bilinear ×2 upsampling with align_corners=True: the last step before the sigmoid.
 * Convention: x (H, W, C), y (2H, 2W, C).
 */
import { operand, planeOf, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { eachBilinearTap } from './bilinear.ts';

/** Input (H, W, C); output (2H, 2W, C). */
export const upsample: OperationDefinition = {
  kind: 'upsample',
  attributes: [],
  infer: (inputs) => {
    const [height, width, channels] = planeOf('upsample', shapeAt('upsample', inputs, 0));
    return [{ shape: [2 * height, 2 * width, channels] }];
  },
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0);
    const y = operand(outputs, 0).data;
    y.fill(0);
    eachBilinearTap(x.shape, (iy, ix, weight) => {
      y[iy]! += weight * x.data[ix]!;
    });
  },
  gradient: {
    readsInputs: () => [],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0],
    apply: (_inputs, _outputs, outputGradients, inputGradients) => {
      const dy = operand(outputGradients, 0).data;
      const dx = operand(inputGradients, 0);
      eachBilinearTap(dx.shape, (iy, ix, weight) => {
        dx.data[ix]! += weight * dy[iy]!;
      });
    },
  },
};
