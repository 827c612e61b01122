/**
 * Contrast: which values of the image are black and which are white on the screen. Changes what is seen, never a pixel.
 * Convention: a window is two values of the image's own range (0..255 or 0..65535); below `low` is black, above `high`
 * white, straight between. Window is high - low, level their middle.
 */
import { greatestValue } from './image-pixels.ts';
import type { ImagePixels } from './image-pixels.ts';

export interface ValueWindow {
  readonly low: number;
  readonly high: number;
}

export function wholeWindow(image: ImagePixels): ValueWindow {
  return { low: 0, high: greatestValue(image) };
}

/** 0..1 on the screen for a value of the image. The shader does the same. */
export function windowed(value: number, { low, high }: ValueWindow): number {
  return Math.max(0, Math.min(1, (value - low) / Math.max(1e-6, high - low)));
}

/**
 * Dragging: to the right widens the window, upwards lowers the level (brightens), as in a radiology viewer.
 * @param dx, dy CSS pixels since the drag began with `start`; 500 px are the whole range
 */
export function draggedWindow(start: ValueWindow, dx: number, dy: number, greatest: number): ValueWindow {
  const level = (start.low + start.high) / 2 + (dy / 500) * greatest;
  const width = start.high - start.low + (dx / 500) * greatest;
  return windowOf(Math.max(0, Math.min(greatest, level)), Math.max(greatest / 1000, Math.min(2 * greatest, width)));
}

/** All but the darkest and brightest `share` of the values: a sight of 16-bit images that is not black. */
export function automaticWindow(image: ImagePixels, share = 0.002): ValueWindow {
  const greatest = greatestValue(image);
  const counts = new Uint32Array(greatest + 1);
  const { data } = image;
  // A quarter of a million values tell as much as all, and cost a millisecond.
  const step = Math.max(1, Math.floor(data.length / 262144)) | 1;
  let total = 0;
  for (let i = 0; i < data.length; i += step, total++) counts[data[i]!]!++;
  const bound = (from: number, direction: 1 | -1): number => {
    let left = total * share;
    let value = from;
    while (value + direction >= 0 && value + direction <= greatest && (left -= counts[value]!) >= 0) value += direction;
    return value;
  };
  const low = bound(0, 1);
  const high = bound(greatest, -1);
  return high > low ? { low, high } : wholeWindow(image);
}

function windowOf(level: number, width: number): ValueWindow {
  return { low: level - width / 2, high: level + width / 2 };
}
