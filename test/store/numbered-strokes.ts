/**
 * Stroke number n on a label map, always the same one, so that a reader can tell from the number what must be there.
 * Convention: pixels are class indices 1..3 and 255; every stroke changes at least one pixel.
 */
import { cutTile, tileAreas } from '../../engine/store/label-tiles.ts';
import type { TileChange } from '../../engine/store/project-store.ts';

export const strokeSize = { width: 700, height: 520 };

/** Paints stroke `n` into the map and returns the tiles it touched. */
export function paintStroke(map: Uint8Array, n: number): TileChange[] {
  const { width, height } = strokeSize;
  const left = (n * 7919) % (width - 90);
  const top = (n * 104_729) % (height - 40);
  const right = left + 90;
  const bottom = top + 40;
  const value = ((map[top * width + left] ?? 0) % 3) + 1;
  for (let y = top; y < bottom; y++) map.fill(value, y * width + left, y * width + right);
  return [...tileAreas(strokeSize)]
    .filter((tile) => tile.left < right && tile.left + tile.width > left)
    .filter((tile) => tile.top < bottom && tile.top + tile.height > top)
    .map((tile) => ({ tileX: tile.tileX, tileY: tile.tileY, after: cutTile(map, width, tile) }));
}

/** The map after strokes 1..count. */
export function paintedUpTo(count: number): Uint8Array {
  const map = new Uint8Array(strokeSize.width * strokeSize.height).fill(255);
  for (let n = 1; n <= count; n++) paintStroke(map, n);
  return map;
}
