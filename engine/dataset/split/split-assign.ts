/**
 * Deals clusters of images into parts, by their sizes and one number to balance. Convention (greedy, after Sechidis,
 * Tsoumakas and Vlahavas 2011): clusters are sorted by the number to balance and cut into strata of equally many
 * images. Large clusters are dealt first, equal ones in shuffled order, each to the part with room that its stratum
 * misses most; without room, to the part that misses most on the whole. When only as many clusters are left as wanted
 * parts are empty, those get them, in the order of the parts.
 */
import type { Random } from '../../random.ts';

export interface DealtCluster {
  readonly size: number;
  /** What is to be spread evenly over the parts; all alike for a purely random split. */
  readonly balance: number;
}

const MOST_STRATA = 10;

/** How many strata: so many that the smallest wanted part expects at least one image of each. */
export function strataFor(targets: readonly number[]): number {
  const wanted = targets.filter((target) => target > 0);
  return Math.max(1, Math.min(MOST_STRATA, Math.floor(Math.min(...wanted))));
}

/** The stratum of each cluster, by quantiles of `balance` weighted by size; `order` breaks ties. */
function stratumOf(clusters: readonly DealtCluster[], order: readonly number[], strata: number): Int32Array {
  const total = clusters.reduce((sum, cluster) => sum + cluster.size, 0);
  const result = new Int32Array(clusters.length);
  let before = 0;
  for (const at of [...order].sort((a, b) => clusters[a]!.balance - clusters[b]!.balance)) {
    const { size } = clusters[at]!;
    result[at] = Math.min(strata - 1, Math.floor(((before + size / 2) / total) * strata));
    before += size;
  }
  return result;
}

/**
 * @param targets images wanted in each part; they sum to the number of images
 * @param wanted how many of the first parts must not stay empty if their target is above 0
 * @param strata 1 for no balancing
 * @returns the part of each cluster
 */
export function dealClusters(
  clusters: readonly DealtCluster[],
  targets: readonly number[],
  options: { readonly wanted: number; readonly strata: number; readonly random: Random },
): Int32Array {
  const order = options.random.shuffled(clusters.map((_, at) => at));
  const stratum = stratumOf(clusters, order, options.strata);
  const total = targets.reduce((sum, target) => sum + target, 0);
  const missing = [...targets];
  const missingIn = Array.from({ length: options.strata }, (_, at) => {
    const images = clusters.reduce((sum, cluster, index) => sum + (stratum[index] === at ? cluster.size : 0), 0);
    return targets.map((target) => (target / total) * images);
  });
  const filled = targets.map(() => false);
  const parts = targets.map((_, part) => part).filter((part) => targets[part]! > 0);
  const result = new Int32Array(clusters.length);

  const largestFirst = [...order].sort((a, b) => clusters[b]!.size - clusters[a]!.size);
  largestFirst.forEach((at, dealt) => {
    const { size } = clusters[at]!;
    const ofStratum = missingIn[stratum[at]!]!;
    const empty = parts.filter((part) => part < options.wanted && !filled[part]);
    let chosen: number;
    if (empty.length > 0 && clusters.length - dealt <= empty.length) {
      chosen = empty[0]!;
    } else {
      const withRoom = parts.filter((part) => missing[part]! >= size);
      chosen =
        withRoom.length > 0
          ? withRoom.reduce((best, part) => (ofStratum[part]! > ofStratum[best]! ? part : best))
          : parts.reduce((best, part) => (missing[part]! > missing[best]! ? part : best));
    }
    result[at] = chosen;
    missing[chosen]! -= size;
    ofStratum[chosen]! -= size;
    filled[chosen] = true;
  });
  return result;
}
