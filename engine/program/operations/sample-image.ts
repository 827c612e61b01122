/**
 * uint8 pixels to network input: min–max over the sample to 0..255, and the augmentation's rotation and flip by nearest
 * neighbor, in one pass. So a batch costs its bytes to move, and executors augment.
 * Convention: see `sample-placement`; a constant image (max ≤ min) gives zeros.
 */
import { operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { placementSize, sourcePixel } from './sample-placement.ts';

/** Inputs samples u8 (H, W, C), placement (8); output (H, W, C) in 0..255. */
export const sampleImage: OperationDefinition = {
  kind: 'sample-image',
  attributes: [],
  byteInputs: [0],
  infer: (inputs) => {
    const shape = shapeAt('sample-image', inputs, 0);
    planeOf('sample-image', shape);
    requireExactShape('sample-image', 'placement', shapeAt('sample-image', inputs, 1), [placementSize]);
    return [{ shape }];
  },
  forward: (inputs, outputs) => {
    const samples = operand(inputs, 0);
    const placement = operand(inputs, 1).data;
    const [height, width, channels] = planeOf('sample-image', samples.shape);
    const y = operand(outputs, 0).data;
    const low = placement[6]!;
    const scale = placement[7]! > low ? 255 / (placement[7]! - low) : 0;
    for (let pixel = 0; pixel < height * width; pixel++) {
      const source = sourcePixel(placement, Math.floor(pixel / width), pixel % width, height, width);
      for (let c = 0; c < channels; c++) {
        y[pixel * channels + c] = source < 0 ? 0 : (samples.data[source * channels + c]! - low) * scale;
      }
    }
  },
};
