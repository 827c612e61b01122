/**
 * From class indices to colors on the screen, and whether two colors can be told apart by everyone. Not the choice of
 * colors: that is the project's.
 * Convention: 256 colors of four bytes, RGBA, not premultiplied; alpha 0 shows the image alone.
 */
import { background } from './label-image.ts';

export interface ClassColor {
  /** The value of its pixels: 1..254, or 255 for those that nobody has labelled yet. */
  readonly index: number;
  /** `#rrggbb`. */
  readonly color: string;
}

/**
 * (256, 4). What is not listed, and background, is not shown: there is the image.
 * @param opacity 0..1
 */
export function paletteBytes(classes: readonly ClassColor[], opacity: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(256 * 4);
  const alpha = Math.round(Math.max(0, Math.min(1, opacity)) * 255);
  for (const { index, color } of classes) {
    if (index !== background) bytes.set([...rgb(color), alpha], index * 4);
  }
  return bytes;
}

/** @throws RangeError for anything but `#rrggbb` */
function rgb(color: string): readonly [number, number, number] {
  if (!/^#[0-9a-f]{6}$/i.test(color)) throw new RangeError(`"${color}" is not a color like #1f77b4`);
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Below this difference (CIE 1976 ΔE) two areas of color are taken for one at a glance. */
const tellingDifference = 10;

/** The first of `others` that somebody, with or without full color vision, may take for this color. */
export function confusableWith(color: string, others: readonly string[]): string | undefined {
  return others.find((other) => leastDifference(color, other) < tellingDifference);
}

/** The difference (CIE 1976 ΔE) as the one who sees it least sees it: full vision, protanopia or deuteranopia. */
export function leastDifference(a: string, b: string): number {
  return Math.min(
    ...visions.map((vision) => {
      const [l1, a1, b1] = lab(asViewed(linear(a), vision));
      const [l2, a2, b2] = lab(asViewed(linear(b), vision));
      return Math.hypot(l1 - l2, a1 - a2, b1 - b2);
    }),
  );
}

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

/** Linear RGB as seen with this vision: Viénot, Brettel and Mollon, 'Digital video colormaps …', Color Res. Appl. 24 (1999). */
const visions: readonly Matrix[] = [
  [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  [
    [0.11238, 0.88762, 0],
    [0.11238, 0.88762, 0],
    [0.00401, -0.00401, 1],
  ],
  [
    [0.29275, 0.70725, 0],
    [0.29275, 0.70725, 0],
    [-0.02234, 0.02234, 1],
  ],
];

/** Linear sRGB to XYZ relative to the white of D65 (IEC 61966-2-1). */
const toXyz: Matrix = [
  [0.43395, 0.37621, 0.18984],
  [0.21264, 0.71517, 0.07219],
  [0.01776, 0.10945, 0.87279],
];

function linear(color: string): Triple {
  const [r, g, b] = rgb(color).map((byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return [r, g, b];
}

function asViewed([r, g, b]: Triple, matrix: Matrix): Triple {
  const row = (weights: Triple): number => Math.max(0, weights[0] * r + weights[1] * g + weights[2] * b);
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
}

/** CIE 1976 L*a*b*. */
function lab(color: Triple): Triple {
  const [x, y, z] = asViewed(color, toXyz).map((value) =>
    value > 216 / 24389 ? Math.cbrt(value) : ((24389 / 27) * value + 16) / 116,
  ) as [number, number, number];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
