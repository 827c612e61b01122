/**
 * The pixels whose values are like those of the one that was pointed at: all that are, or those joined to it (4-connected).
 * Convention: like means no channel differs by more than the tolerance, in the image's own values (0..255 or 0..65535).
 */
import type { ImagePixels } from '../image-pixels.ts';
import { floodFill } from './flood-fill.ts';
import { isLike, where } from './row-test.ts';
import type { EmitSpan } from './span.ts';

export interface WandOptions {
  readonly tolerance: number;
  readonly contiguous: boolean;
}

/** Emits nothing when the seed lies outside. */
export function magicWand(image: ImagePixels, x: number, y: number, options: WandOptions, emit: EmitSpan): void {
  if (!(x >= 0 && y >= 0 && x < image.width && y < image.height)) return;
  const test = isLike(image, x, y, options.tolerance);
  if (options.contiguous) {
    floodFill(image, x, y, test, emit);
    return;
  }
  const likeOnly = where([test], image.width, emit);
  for (let row = 0; row < image.height; row++) likeOnly(row, 0, image.width);
}
