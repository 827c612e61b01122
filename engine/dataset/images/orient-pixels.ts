/** Turns and mirrors pixels so that they stand upright. Convention: orientation 1..8 of EXIF 2.3, tag 0x0112. */
import type { Pixels } from './pixels.ts';

/** @returns the upright pixels; the very same object for orientation 1 */
export function orientPixels<P extends Pixels>(source: P, orientation: number): P {
  if (orientation <= 1 || orientation > 8) return source;
  const { width, height, channels, data } = source;
  const swap = orientation >= 5;
  const toWidth = swap ? height : width;
  const toHeight = swap ? width : height;
  // Where the upright pixel (x, y) lies in the source: from + x·stepX + y·stepY.
  const [fromX, fromY] = [[2, 3, 7, 8].includes(orientation), [3, 4, 6, 7].includes(orientation)];
  const from = (fromX ? width - 1 : 0) + (fromY ? height - 1 : 0) * width;
  const right = fromX ? -1 : 1;
  const down = fromY ? -width : width;
  const [stepX, stepY] = swap ? [down, right] : [right, down];
  const upright = data instanceof Uint16Array ? new Uint16Array(data.length) : new Uint8Array(data.length);
  let out = 0;
  for (let y = 0; y < toHeight; y++) {
    let at = (from + y * stepY) * channels;
    for (let x = 0; x < toWidth; x++, at += stepX * channels) {
      for (let c = 0; c < channels; c++) upright[out++] = data[at + c]!;
    }
  }
  return { ...source, width: toWidth, height: toHeight, data: upright };
}
