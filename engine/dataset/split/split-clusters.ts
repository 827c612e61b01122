/**
 * Which images may not be separated: those of one group, those that look alike, and those connected through both. Not an
 * assignment to parts. Convention: images are positions in the caller's list; a cluster lists them in rising order.
 */

/**
 * The connected components of `count` images under the given ties.
 * @param groups one name per image or undefined; images of one name are tied
 * @returns every image in exactly one cluster, clusters by their first image
 */
export function tiedClusters(
  count: number,
  groups: readonly (string | undefined)[],
  pairs: readonly (readonly [number, number])[],
): number[][] {
  const parent = Int32Array.from({ length: count }, (_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parent[root]! !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
    return root;
  };
  const tie = (a: number, b: number): void => {
    const rootA = rootOf(a);
    const rootB = rootOf(b);
    parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  };
  for (const [group, members] of Map.groupBy(groups.keys(), (at) => groups[at])) {
    if (group !== undefined) for (const at of members) tie(members[0]!, at);
  }
  for (const [a, b] of pairs) tie(a, b);
  return [...Map.groupBy(parent.keys(), rootOf).values()];
}
