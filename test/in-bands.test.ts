import { expect, it } from 'vitest';
import { inBands } from '../engine/in-bands.ts';

/** The pieces of a loop whose every value takes `microseconds`. */
async function piecesOf(count: number, microseconds: number, values?: number): Promise<(readonly [number, number])[]> {
  const pieces: (readonly [number, number])[] = [];
  const work = (from: number, to: number): void => {
    pieces.push([from, to]);
    const until = performance.now() + ((to - from) * microseconds) / 1000;
    while (performance.now() < until);
  };
  await inBands(count, work, values);
  return pieces;
}

const lengths = (pieces: readonly (readonly [number, number])[]): number[] => pieces.map(([from, to]) => to - from);

it.each([
  [1, 0, 1],
  [1000, 0, 300],
  [5, 0, 10_000_000],
  [3_000_001, 0, 1],
  [300_000, 0.2, 1],
])('%i values of %f µs, %i at a time, are done once each and in order', async (count, microseconds, values) => {
  const pieces = await piecesOf(count, microseconds, values);
  expect(pieces[0]?.[0]).toBe(0);
  expect(pieces.at(-1)?.[1]).toBe(count);
  for (const [at, [from, to]] of pieces.entries()) {
    expect(to).toBeGreaterThan(from);
    if (at > 0) expect(from).toBe(pieces[at - 1]![1]);
  }
});

it('nothing is done of nothing', async () => {
  expect(await piecesOf(0, 0)).toEqual([]);
});

it('work that takes long is done in shorter and shorter pieces', async () => {
  const sizes = lengths(await piecesOf(200_000, 1));
  expect(sizes.slice(0, 3)).toEqual([64_000, 32_000, 16_000]);
  expect(Math.max(...sizes.slice(3, -1))).toBeLessThanOrEqual(8_000);
});

it('other work has its turn between two pieces', async () => {
  let turns = 0;
  const others = setInterval(() => turns++, 0);
  await piecesOf(100_000, 1);
  clearInterval(others);
  expect(turns).toBeGreaterThan(0);
});
