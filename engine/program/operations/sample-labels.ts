/**
 * uint8 soft labels to the loss's target, moved as the image is moved.
 * Convention: 0..254 is a share of 0..1, 255 is unlabelled and becomes -1; what lies outside the source is background.
 */
import { operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { placementSize, sourcePixel } from './sample-placement.ts';

/** Inputs labels u8 (H, W, K), placement (8); output (H, W, K) in 0..1, or -1. */
export const sampleLabels: OperationDefinition = {
  kind: 'sample-labels',
  attributes: [],
  byteInputs: [0],
  infer: (inputs) => {
    const shape = shapeAt('sample-labels', inputs, 0);
    planeOf('sample-labels', shape);
    requireExactShape('sample-labels', 'placement', shapeAt('sample-labels', inputs, 1), [placementSize]);
    return [{ shape }];
  },
  forward: (inputs, outputs) => {
    const labels = operand(inputs, 0);
    const placement = operand(inputs, 1).data;
    const [height, width, classes] = planeOf('sample-labels', labels.shape);
    const y = operand(outputs, 0).data;
    for (let pixel = 0; pixel < height * width; pixel++) {
      const source = sourcePixel(placement, Math.floor(pixel / width), pixel % width, height, width);
      for (let k = 0; k < classes; k++) {
        const value = source < 0 ? 0 : labels.data[source * classes + k]!;
        y[pixel * classes + k] = value === 255 ? -1 : value / 254;
      }
    }
  },
};
