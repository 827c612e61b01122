/**
 * Runs a loop over many values piece by piece, so that other work of the process gets its turn in between. Not for workers,
 * which may block. Convention: pieces come in order; their size follows what the ones before took, since the first run
 * is not compiled yet and machines differ, so a result must not depend on where they end.
 */
import { setImmediate as breathe } from 'node:timers/promises';

const mostValues = 1_000_000;
const firstValues = 64_000;
/** A piece that took longer is followed by a shorter one; one that took less than a quarter, by a longer one. */
const milliseconds = 6;

/**
 * @param work does `from` to `to` of `count`, without the latter
 * @param values that each of them holds: a row's width, where rows are counted
 */
export async function inBands(count: number, work: (from: number, to: number) => void, values = 1): Promise<void> {
  const most = Math.max(1, Math.floor(mostValues / values));
  let step = Math.max(1, Math.floor(firstValues / values));
  for (let from = 0; from < count;) {
    if (from > 0) await breathe();
    const begun = performance.now();
    const to = Math.min(count, from + step);
    work(from, to);
    from = to;
    const took = performance.now() - begun;
    if (took > milliseconds) step = Math.max(1, Math.floor(step / 2));
    else if (took < milliseconds / 4) step = Math.min(most, step * 2);
  }
}
