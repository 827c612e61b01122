/**
 * Guesses which of some names was meant. Convention: a guess is given only when it is close; a wrong one is worse than none.
 */

/** The name nearest to what was written, undefined when none is near. */
function nearestName(written: string, names: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(lower.length / 3)) + 1;
  for (const name of names) {
    const distance = name.startsWith(lower) && lower.length > 1 ? 1 : editDistance(lower, name);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** " Did you mean …?", or nothing. */
export function didYouMean(written: string, names: readonly string[], prefix = ''): string {
  const nearest = nearestName(written, names);
  return nearest === undefined ? '' : ` Did you mean ${prefix}${nearest}?`;
}

/** Insertions, deletions, replacements and swaps of neighbors (Damerau–Levenshtein, restricted). */
function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  const distances = new Uint16Array((a.length + 1) * width);
  for (let j = 0; j <= b.length; j++) distances[j] = j;
  for (let i = 1; i <= a.length; i++) {
    distances[i * width] = i;
    for (let j = 1; j <= b.length; j++) {
      const here = i * width + j;
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(
        distances[here - width]! + 1,
        distances[here - 1]! + 1,
        distances[here - width - 1]! + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, distances[here - 2 * width - 2]! + 1);
      }
      distances[here] = least;
    }
  }
  return distances[distances.length - 1]!;
}
