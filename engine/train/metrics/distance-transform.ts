/**
 * Exact Euclidean distances to the nearest marked pixel, in time proportional to the number of pixels (Felzenszwalb and
 * Huttenlocher 2012): columns by two sweeps, rows by the lower envelope of parabolas. Gives distances only where asked, so
 * that no plane of doubles is needed. Convention: distances in pixels between pixel centers.
 */

interface Plane {
  readonly width: number;
  readonly height: number;
}

/** Distance down or up its column from each pixel to the nearest marked one; width + height where there is none. */
function columnDistances(marked: Uint8Array, { width, height }: Plane): Int32Array {
  const none = width + height;
  const distances = new Int32Array(width * height);
  for (let at = 0; at < width; at++) distances[at] = marked[at] === 0 ? none : 0;
  for (let at = width; at < distances.length; at++) {
    distances[at] = marked[at] === 0 ? Math.min(none, distances[at - width]! + 1) : 0;
  }
  for (let at = distances.length - width - 1; at >= 0; at--) {
    distances[at] = Math.min(distances[at]!, distances[at + width]! + 1);
  }
  return distances;
}

/**
 * @param marked (height, width), 1 where marked; at least one pixel is
 * @param wanted (height, width), 1 where a distance is asked for
 * @returns one distance per wanted pixel, row by row
 */
export function distancesTo(marked: Uint8Array, plane: Plane, wanted: Uint8Array): Float64Array {
  const { width, height } = plane;
  const columns = columnDistances(marked, plane);
  const none = width + height;
  const result = new Float64Array(wanted.reduce((sum, one) => sum + one, 0));
  let found = 0;
  /** Apexes of the envelope's parabolas, and from where on each is the lowest. */
  const apexes = new Int32Array(width);
  const starts = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    if (!wanted.subarray(row, row + width).includes(1)) continue;
    let last = -1;
    for (let x = 0; x < width; x++) {
      const g = columns[row + x]!;
      if (g >= none) continue;
      let start = -Infinity;
      while (last >= 0) {
        const apex = apexes[last]!;
        const other = columns[row + apex]!;
        start = (x * x + g * g - apex * apex - other * other) / (2 * (x - apex));
        if (start > starts[last]!) break;
        last--;
        start = -Infinity;
      }
      last++;
      apexes[last] = x;
      starts[last] = start;
    }
    let current = 0;
    for (let x = 0; x < width; x++) {
      if (wanted[row + x] === 0) continue;
      while (current < last && starts[current + 1]! <= x) current++;
      const across = x - apexes[current]!;
      const down = columns[row + apexes[current]!]!;
      result[found++] = Math.sqrt(across * across + down * down);
    }
  }
  return result;
}
