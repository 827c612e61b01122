/**
 * Writes label maps as mask files: PNG of 0 and 255, PNG of class indices, or NumPy array. Convention: index 0 is
 * background and black, index k is class k in its color, 255 is unlabelled and pale, as in PASCAL VOC.
 */
import { unlabelled } from '../../store/class-map.ts';
import { hasUnlabelled } from '../masks/label-map.ts';
import type { Size } from '../images/pixels.ts';
import type { MaskClass } from '../masks/label-map.ts';
import { writeNpy } from '../images/npy/npy.ts';
import { writePng } from './write-png.ts';

type Rgb = readonly [red: number, green: number, blue: number];
const unlabelledColor: Rgb = [224, 224, 192];
const valuesPerPiece = 1 << 20;

/** @param color `#rrggbb`; anything else is a programming mistake */
export function rgbOf(color: string): Rgb {
  const digits = /^#([0-9a-f]{6})$/i.exec(color)?.[1];
  if (digits === undefined) throw new Error(`'${color}' is no color of the form #rrggbb`);
  const value = Number.parseInt(digits, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Black, the classes' colors in order, and, when unlabelled pixels occur, all 256 entries. */
function paletteOf(classes: readonly MaskClass[], withUnlabelled: boolean): Rgb[] {
  const colors: Rgb[] = [[0, 0, 0], ...classes.map(({ color }) => rgbOf(color))];
  if (!withUnlabelled) return colors;
  const all = Array.from({ length: 256 }, (_, index): Rgb => colors[index] ?? [0, 0, 0]);
  return all.with(unlabelled, unlabelledColor);
}

/**
 * Class indices with a palette; with one class these are 0 and 1.
 * @param classes undefined: as grey values, for programs that would turn a palette into colors
 * @param labels class indices (height, width)
 */
export async function writeIndexMask(
  path: string,
  labels: Uint8Array,
  size: Size,
  classes: readonly MaskClass[] | undefined,
): Promise<void> {
  if (classes === undefined) return writePng(path, { ...size, kind: 'grey8' }, (append) => append(labels));
  const palette = paletteOf(classes, hasUnlabelled(labels));
  await writePng(path, { ...size, kind: 'palette', palette }, (append) => append(labels));
}

/**
 * 255 where the class is, 0 elsewhere, unlabelled pixels too: this format cannot say that they are.
 * @param labels class indices (height, width)
 * @param index 1..K
 */
export async function writeBinaryMask(path: string, labels: Uint8Array, size: Size, index: number): Promise<void> {
  await writePng(path, { ...size, kind: 'grey8' }, async (append) => {
    for (let from = 0; from < labels.length; from += valuesPerPiece) {
      const piece = labels.slice(from, from + valuesPerPiece);
      for (let at = 0; at < piece.length; at++) piece[at] = piece[at] === index ? 255 : 0;
      await append(piece);
    }
  });
}

export async function writeMaskArray(path: string, labels: Uint8Array, { width, height }: Size): Promise<void> {
  await writeNpy(path, 'u1', [height, width], labels);
}
