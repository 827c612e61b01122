/**
 * Runs the same work on many things, a few at a time. Convention: results keep the order of the things; the first failure
 * stops new work and is thrown once the work under way has ended.
 */
export async function mapBounded<T, R>(
  things: readonly T[],
  atOnce: number,
  work: (thing: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array<R>(things.length);
  const queue = things.entries();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const [index, thing] of queue) {
      if (failures.length > 0) return;
      try {
        results[index] = await work(thing, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, things.length) }, lane));
  if (failures.length > 0) throw failures[0];
  return results;
}
