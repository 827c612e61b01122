/**
 * Figures of two label maps as one would write them down from their definitions, by loops over all pairs. Not a test.
 * Convention: as `engine/train/metrics/evaluate-metrics.ts` promises; null where the definition divides by zero.
 */

export interface PlainFigures {
  readonly dice: number | null;
  readonly iou: number | null;
  readonly accuracy: number | null;
  readonly sensitivity: number | null;
  readonly specificity: number | null;
  readonly hd95: number | null;
}

/** Label maps (height, width); 255 in the truth counts in nothing. */
export interface Pair {
  readonly found: ArrayLike<number>;
  readonly truth: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** @param empty Dice and IoU where neither has the class */
export function plainFigures(pairs: readonly Pair[], index: number, empty: null | 1): PlainFigures {
  let [both, extra, lacking, neither] = [0, 0, 0, 0];
  for (const { found, truth } of pairs) {
    for (let at = 0; at < truth.length; at++) {
      if (truth[at] === 255) continue;
      const [isFound, isTrue] = [found[at] === index, truth[at] === index];
      if (isFound && isTrue) both++;
      else if (isFound) extra++;
      else if (isTrue) lacking++;
      else neither++;
    }
  }
  return {
    dice: share(2 * both, 2 * both + extra + lacking) ?? empty,
    iou: share(both, both + extra + lacking) ?? empty,
    accuracy: share(both + neither, both + extra + lacking + neither),
    sensitivity: share(both, both + lacking),
    specificity: share(neither, neither + extra),
    hd95: pairs.length === 1 ? distance(pairs[0]!, index) : null,
  };
}

/** Pixels of the class with a neighbor that is not, or at the image's edge; unlabelled pixels are not there at all. */
function outline(map: ArrayLike<number>, { truth, width, height }: Pair, index: number): [number, number][] {
  const points: [number, number][] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (map[at] !== index || truth[at] === 255) continue;
      const isEdge = [
        [x - 1, y],
        [x + 1, y],
        [x, y - 1],
        [x, y + 1],
      ].some(([nx, ny]) => {
        if (nx! < 0 || ny! < 0 || nx! >= width || ny! >= height) return true;
        const neighbor = ny! * width + nx!;
        return map[neighbor] !== index && truth[neighbor] !== 255;
      });
      if (isEdge) points.push([x, y]);
    }
  }
  return points;
}

function distance(pair: Pair, index: number): number | null {
  const [a, b] = [outline(pair.found, pair, index), outline(pair.truth, pair, index)];
  if (a.length === 0 || b.length === 0) return null;
  const oneWay = (from: typeof a, to: typeof a): number => {
    const nearest = from
      .map(([x, y]) => Math.min(...to.map(([u, v]) => Math.hypot(x - u, y - v))))
      .sort((p, q) => p - q);
    const place = 0.95 * (nearest.length - 1);
    const low = nearest[Math.floor(place)]!;
    return low + (nearest[Math.ceil(place)]! - low) * (place - Math.floor(place));
  };
  return Math.max(oneWay(a, b), oneWay(b, a));
}

export function meanOfDefined(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return share(
    defined.reduce((sum, value) => sum + value, 0),
    defined.length,
  );
}
