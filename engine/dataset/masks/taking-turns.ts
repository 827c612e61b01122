/**
 * Lets other work of the process have its turn in a loop whose pieces take an unknown time. For loops over pixels
 * there is `engine/in-bands.ts`. Convention: the loop asks before every piece and waits only when its turn is over.
 */
import { setImmediate as breathe } from 'node:timers/promises';

interface Turns {
  /** Whether this turn has lasted long enough. */
  readonly over: () => boolean;
  readonly pass: () => Promise<void>;
}

/** @param milliseconds that a turn lasts, about */
export function takingTurns(milliseconds = 8): Turns {
  let begun = performance.now();
  return {
    over: () => performance.now() - begun > milliseconds,
    pass: async () => {
      await breathe();
      begun = performance.now();
    },
  };
}
