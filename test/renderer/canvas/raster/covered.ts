/**
 * What a raster function covers, as one byte per pixel, and what a definition says it should. Not a test.
 * Convention: (H, W), 1 where covered; a span that is empty or outside the bounds is an error at once.
 */
import { wholeArea } from '../../../../renderer/canvas/geometry.ts';
import type { Area, Size } from '../../../../renderer/canvas/geometry.ts';
import type { EmitSpan } from '../../../../renderer/canvas/raster/span.ts';

export function covered(size: Size, raster: (emit: EmitSpan) => void, bounds: Area = wholeArea(size)): Uint8Array {
  return timesCovered(size, raster, bounds).map((times) => Math.min(1, times));
}

/** Counts how often each pixel comes. */
export function timesCovered(size: Size, raster: (emit: EmitSpan) => void, bounds: Area = wholeArea(size)): Uint8Array {
  const times = new Uint8Array(size.width * size.height);
  raster((y, left, right) => {
    const whole = [y, left, right].every(Number.isInteger);
    if (!whole || left >= right || left < bounds.left || right > bounds.right || y < bounds.top || y >= bounds.bottom) {
      throw new Error(`span ${left}..${right} in row ${y} is not one within ${JSON.stringify(bounds)}`);
    }
    for (let x = left; x < right; x++) times[y * size.width + x]!++;
  });
  return times;
}

export function expected(size: Size, inside: (x: number, y: number) => boolean): Uint8Array {
  const pixels = new Uint8Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) pixels[y * size.width + x] = inside(x, y) ? 1 : 0;
  }
  return pixels;
}

/** As a picture in text, so that a failed comparison can be read. */
export function picture(size: Size, pixels: Uint8Array): string {
  const rows = Array.from({ length: size.height }, (_, y) => pixels.subarray(y * size.width, (y + 1) * size.width));
  return rows.map((row) => Array.from(row, (value) => (value === 0 ? '·' : String(value))).join('')).join('\n');
}
