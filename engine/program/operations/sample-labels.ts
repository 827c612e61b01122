/**
 * uint8 soft labels to the loss's target, moved as the image is moved.
 * Convention: 0..254 is a share of 0..1, 255 is unlabelled and becomes -1; what lies outside the source is background.
 */
import { defineOperation, planeOf, requireExactShape } from '../operation.ts';
import { placementSize, sourcePixel } from './sample-placement.ts';

/** Inputs labels u8 (H, W, K), placement (8); output (H, W, K) in 0..1, or -1. */
export const sampleLabels = defineOperation({
  kind: 'sample-labels',
  inputs: ['labels', 'placement'],
  outputs: ['y'],
  byteInputs: ['labels'],
  infer: ({ labels, placement }) => {
    const shape = labels;
    planeOf(shape);
    requireExactShape('placement', placement, [placementSize]);
    return { y: { shape } };
  },
  forward: ({ labels, placement }, { y }) => {
    const [height, width, classes] = planeOf(labels.shape);
    for (let pixel = 0; pixel < height * width; pixel++) {
      const source = sourcePixel(placement.data, Math.floor(pixel / width), pixel % width, height, width);
      for (let k = 0; k < classes; k++) {
        const value = source < 0 ? 0 : labels.data[source * classes + k]!;
        y.data[pixel * classes + k] = value === 255 ? -1 : value / 254;
      }
    }
  },
});
