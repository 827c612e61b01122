/**
 * Values one after the other, for a loop whose pieces take an unknown time: in between, other work of the process has its
 * turn. For loops over pixels there is `engine/in-bands.ts`.
 */
import { setImmediate as breathe } from 'node:timers/promises';

const turnMilliseconds = 8;

export async function* inTurns<Value>(values: Iterable<Value>): AsyncGenerator<Value> {
  let begun = performance.now();
  for (const value of values) {
    if (performance.now() - begun > turnMilliseconds) {
      await breathe();
      begun = performance.now();
    }
    yield value;
  }
}
