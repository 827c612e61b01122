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

export interface Bounds<T> {
  readonly atOnce: number;
  /** Of all that is under way at once; a single thing may weigh more. */
  readonly weight: number;
  readonly weightOf: (thing: T) => number;
}

/** The same for things of very different sizes: a few large ones, or many small ones, are under way at once. */
export async function mapWeighted<T, R>(
  things: readonly T[],
  { atOnce, weight, weightOf }: Bounds<T>,
  work: (thing: T, index: number) => Promise<R>,
): Promise<R[]> {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  const admit = async (wanted: number): Promise<void> => {
    while (underWay > 0 && underWay + wanted > weight) await new Promise<void>((settle) => waiting.push(settle));
    underWay += wanted;
  };
  return mapBounded(things, atOnce, async (thing, index) => {
    const wanted = weightOf(thing);
    await admit(wanted);
    try {
      return await work(thing, index);
    } finally {
      underWay -= wanted;
      for (const settle of waiting.splice(0)) settle();
    }
  });
}
