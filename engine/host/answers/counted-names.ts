/**
 * Many names in one sentence. Convention: the first three, and how many more.
 */
export function countedNames(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${String(names.length - 3)} more` : '';
  return names.slice(0, 3).join(', ') + more;
}
