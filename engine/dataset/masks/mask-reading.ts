/**
 * What the values of masks mean, and how a mask becomes a label map by it. Decides nothing: see `decide-mask-reading.ts`.
 * Convention: label 0 is background, 1..K are the classes, 255 is unlabelled.
 */
import type { ImportReport } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import { unlabelled } from '../../store/class-map.ts';
import { inBands } from '../../in-bands.ts';
import type { MaskPlane } from './load-mask.ts';

/**
 * What a caller may ask for; 'auto' looks at all masks together. binary: what is not 0 is the class (JPEG and WebP:
 * from half on). soft: from half of the largest possible value on it is the class. index: the value (or palette index)
 * is the class index, 255 is unlabelled. colours: every color or grey is a class.
 */
export type MaskInterpretation = ImportReport['choices'][number]['taken'];

export interface ClassHint {
  readonly name: string;
  /** `#rrggbb`, where the mask has a color of its own for the class. */
  readonly color?: string;
}

export type MaskReading =
  | { readonly scheme: 'nonzero' | 'half'; readonly invert: boolean; readonly classes: readonly ClassHint[] }
  | { readonly scheme: 'index'; readonly classes: readonly ClassHint[] }
  | {
      readonly scheme: 'colours';
      /** Label by color (red·65536 + green·256 + blue; greys stretched to 0..255). */
      readonly table: ReadonlyMap<number, number>;
      readonly classes: readonly ClassHint[];
    };

export class MaskError extends MambrushError {}

/** PIL's weights for the lightness of a color (ITU-R BT.601). */
function lightness(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** Greys of 16 bits that are neither black nor white keep their value, in a range of their own above the colors. */
const DEEP_GREYS = 0x1000000;

/** The color that a grey has in a table of colors: stretched to 0..255. */
export function greyColor(value: number, max: number): number {
  if (max === 65535 && value !== 0 && value !== 65535) return DEEP_GREYS + value;
  const grey = Math.round((value * 255) / max);
  return (grey << 16) | (grey << 8) | grey;
}

export function paletteColor(palette: Uint8Array, index: number): number {
  const at = index * 3;
  return ((palette[at] ?? 0) << 16) | ((palette[at + 1] ?? 0) << 8) | (palette[at + 2] ?? 0);
}

/** The label of a value; −1 where the reading has none for it. */
function labelOfColor(reading: MaskReading, color: number): number {
  switch (reading.scheme) {
    case 'nonzero':
      return Number((color !== 0) !== reading.invert);
    case 'half':
      return Number(lightness(color >> 16, (color >> 8) & 255, color & 255) >= 128 !== reading.invert);
    case 'colours':
      return reading.table.get(color) ?? -1;
    case 'index':
      return -1;
  }
}

function labelOfNumber(reading: MaskReading, value: number, max: number, color: number): number {
  switch (reading.scheme) {
    case 'nonzero':
      return Number((value !== 0) !== reading.invert);
    case 'half':
      return Number(value * 2 > max !== reading.invert);
    case 'colours':
      return reading.table.get(color) ?? -1;
    case 'index':
      if (value === unlabelled) return unlabelled;
      return value <= reading.classes.length ? value : -1;
  }
}

/** @returns the label map (height, width) of the mask's own size @throws MaskError mask-value-unknown */
export async function applyReading(plane: MaskPlane, reading: MaskReading, path: string): Promise<Uint8Array> {
  const pixels = plane.width * plane.height;
  const labels = new Uint8Array(pixels);
  const { data } = plane;
  let unknown: string | undefined;
  if (plane.kind === 'color') {
    const known = new Map<number, number>();
    await inBands(pixels, (from, to) => {
      let last = -1;
      let label = 0;
      for (let i = from; i < to; i++) {
        const color = (data[i * 3]! << 16) | (data[i * 3 + 1]! << 8) | data[i * 3 + 2]!;
        if (color !== last) {
          last = color;
          const found = known.get(color) ?? labelOfColor(reading, color);
          // A noisy color mask has many colors; the table of known ones must not grow without end.
          if (known.size < 4096) known.set(color, found);
          if (found < 0) unknown ??= `the color ${hexColor(color)}`;
          label = Math.max(0, found);
        }
        labels[i] = label;
      }
    });
  } else {
    const max = plane.kind === 'grey' ? plane.max : 255;
    const table = Int16Array.from({ length: max + 1 }, (_, value) => {
      if (plane.kind === 'grey') return labelOfNumber(reading, value, max, greyColor(value, max));
      const color = paletteColor(plane.palette, value);
      const byNumber = reading.scheme === 'index' || reading.scheme === 'nonzero';
      return byNumber ? labelOfNumber(reading, value, max, color) : labelOfColor(reading, color);
    });
    await inBands(pixels, (from, to) => {
      for (let i = from; i < to; i++) {
        const label = table[data[i]!]!;
        if (label < 0) unknown ??= `the value ${data[i]}`;
        labels[i] = label;
      }
    });
  }
  if (unknown !== undefined) {
    const message = `${path} holds ${unknown}, which is no class here. Correct the mask, or say how masks are to be read.`;
    throw new MaskError('mask-value-unknown', message, { path });
  }
  return labels;
}

export function hexColor(color: number): string {
  if (color >= DEEP_GREYS) return `grey ${color - DEEP_GREYS}`;
  return `#${color.toString(16).padStart(6, '0')}`;
}
