/**
 * Runs a loop over many values piece by piece, so that other work of the process gets its turn in between. Not for workers,
 * which block nobody. Convention: pieces come in order, and each takes a few milliseconds.
 */
import { setImmediate as breathe } from 'node:timers/promises';

const valuesPerBand = 1_000_000;

/**
 * @param work does `from` to `to` of `count`, without the latter
 * @param values that each of them holds: a row's width, where rows are counted
 */
export async function inBands(count: number, work: (from: number, to: number) => void, values = 1): Promise<void> {
  const step = Math.max(1, Math.floor(valuesPerBand / values));
  for (let from = 0; from < count; from += step) {
    if (from > 0) await breathe();
    work(from, Math.min(count, from + step));
  }
}
