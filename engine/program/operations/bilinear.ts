/**
 * The weights of bilinear ×2 upsampling with align_corners=True, shared by the operations that upsample. Not an operation.
 * Convention: output o of 2·n reads source o·(n-1)/(2·n-1): its floor and the next, weighted by the distance.
 */
import { planeOf } from '../operation.ts';
import type { Shape } from '../operation.ts';

/** Lower source, upper source and the upper's weight, for output 0..2·extent-1. */
function bilinearTap(output: number, extent: number): readonly [low: number, high: number, weight: number] {
  const position = extent > 1 ? (output * (extent - 1)) / (2 * extent - 1) : 0;
  const low = Math.min(Math.floor(position), extent - 1);
  return [low, Math.min(low + 1, extent - 1), position - low];
}

/**
 * Calls `visit` for every product of the ×2 upsampling of a plane.
 * @param shape (H, W, C) of the source; `y` indexes (2H, 2W, C), `x` the source
 */
export function eachBilinearTap(shape: Shape, visit: (y: number, x: number, weight: number) => void): void {
  const [height, width, channels] = planeOf(shape);
  for (let row = 0; row < 2 * height; row++) {
    const [top, bottom, rowWeight] = bilinearTap(row, height);
    for (let column = 0; column < 2 * width; column++) {
      const [left, right, columnWeight] = bilinearTap(column, width);
      for (let c = 0; c < channels; c++) {
        const y = (row * 2 * width + column) * channels + c;
        visit(y, (top * width + left) * channels + c, (1 - rowWeight) * (1 - columnWeight));
        visit(y, (top * width + right) * channels + c, (1 - rowWeight) * columnWeight);
        visit(y, (bottom * width + left) * channels + c, rowWeight * (1 - columnWeight));
        visit(y, (bottom * width + right) * channels + c, rowWeight * columnWeight);
      }
    }
  }
}
