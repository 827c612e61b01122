/**
 * The pixels whose values are like those of the one that was pointed at: all that are, or those joined to it (4-connected).
 * Convention: like means no channel differs by more than the tolerance, in the image's own values (0..255 or 0..65535).
 */
import type { ImagePixels } from '../image-pixels.ts';
import type { Steps } from '../sliced-work.ts';
import { everywhere } from './everywhere.ts';
import { floodFill } from './flood-fill.ts';
import { isLike } from './row-test.ts';
import type { PaintSettings } from '../settings.ts';
import type { EmitSpan } from './span.ts';

type WandOptions = Pick<PaintSettings, 'tolerance' | 'contiguous'>;

/** Emits nothing when the seed lies outside. */
export function* magicWand(
  image: ImagePixels,
  x: number,
  y: number,
  { tolerance, contiguous }: WandOptions,
  emit: EmitSpan,
): Steps {
  if (!(x >= 0 && y >= 0 && x < image.width && y < image.height)) return;
  const test = isLike(image, x, y, tolerance);
  if (contiguous) yield* floodFill(image, x, y, test, emit);
  else yield* everywhere(image, test, emit);
}
