/** Work in steps, done at once: for tests and measurements, which can wait. */
import type { Steps } from '../../../renderer/canvas/sliced-work.ts';

export function runToEnd<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
