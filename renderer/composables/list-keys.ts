/** The index that a key moves to in a list of `count` items, from `at`; undefined for other keys. */
export function keyTarget(
  key: string,
  at: number,
  count: number,
  steps: Readonly<Record<string, number>>,
): number | undefined {
  const step = key === 'Home' ? -Infinity : key === 'End' ? Infinity : steps[key];
  return step === undefined || count === 0 ? undefined : Math.max(0, Math.min(count - 1, at + step));
}
