/**
 * uint8 pixels to network input: min–max over the sample to 0..255, and the augmentation's rotation and flip by nearest
 * neighbor, in one pass. So a batch costs its bytes to move, and executors augment.
 * Convention: see `sample-placement`; a constant image (max ≤ min) gives zeros.
 */
import { defineOperation, planeOf, requireExactShape } from '../operation.ts';
import { placementSize, sourcePixel } from './sample-placement.ts';

/** Inputs samples u8 (H, W, C), placement (8); output (H, W, C) in 0..255. */
export const sampleImage = defineOperation({
  kind: 'sample-image',
  inputs: ['samples', 'placement'],
  outputs: ['y'],
  byteInputs: ['samples'],
  infer: ({ samples, placement }) => {
    const shape = samples;
    planeOf(shape);
    requireExactShape('placement', placement, [placementSize]);
    return { y: { shape } };
  },
  forward: ({ samples, placement }, { y }) => {
    const [height, width, channels] = planeOf(samples.shape);
    const low = placement.data[6]!;
    const scale = placement.data[7]! > low ? 255 / (placement.data[7]! - low) : 0;
    for (let pixel = 0; pixel < height * width; pixel++) {
      const source = sourcePixel(placement.data, Math.floor(pixel / width), pixel % width, height, width);
      for (let c = 0; c < channels; c++) {
        y.data[pixel * channels + c] = source < 0 ? 0 : (samples.data[source * channels + c]! - low) * scale;
      }
    }
  },
});
