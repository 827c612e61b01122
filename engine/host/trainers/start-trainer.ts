/**
 * Starts a trainer and speaks with it. Not what a report means for the project: that is `trainers.ts`; nor its process:
 * that is `fork-trainer.ts`. Convention: every trainer comes to exactly one end, whatever becomes of its process.
 */
import type { ErrorValue } from '../../contract/error-value.ts';
import type { RunOutcome, TrainingEvent } from '../../train/training-event.ts';
import type { ForkTrainer } from './fork-trainer.ts';
import type { TrainerJob, TrainerOrder } from './trainer-messages.ts';

/** A trainer listens between two steps; one that does not for so long is killed, which harms no file. */
const abortMilliseconds = 5_000;

export type TrainerEnd =
  | { readonly kind: 'ended'; readonly outcome: RunOutcome }
  | { readonly kind: 'refused'; readonly error: ErrorValue }
  /** It was ordered to abort, did not listen, and was killed. */
  | { readonly kind: 'killed' }
  /** It ended without a word: killed, out of memory, crashed. */
  | { readonly kind: 'died'; readonly how: string; readonly lastWords: string };

export interface Trainer {
  readonly end: Promise<TrainerEnd>;
  order(order: Exclude<TrainerOrder, { kind: 'begin' }>['kind']): void;
}

export function startTrainer(job: TrainerJob, fork: ForkTrainer, onEvent: (event: TrainingEvent) => void): Trainer {
  let impatience: NodeJS.Timeout | undefined;
  let killed = false;
  let report: TrainerEnd | undefined;
  const { promise: end, resolve: settle } = Promise.withResolvers<TrainerEnd>();
  const trainer = fork({
    onReport: (message) => {
      if (message.kind === 'event') onEvent(message.event);
      else report = message;
    },
    onEnd: (how, lastWords) => {
      clearTimeout(impatience);
      settle(report ?? (killed ? { kind: 'killed' } : { kind: 'died', how, lastWords }));
    },
  });
  trainer.send({ kind: 'begin', job });
  return {
    end,
    order: (kind) => {
      trainer.send({ kind });
      if (kind !== 'abort') return;
      impatience ??= setTimeout(() => {
        killed = true;
        trainer.kill();
      }, abortMilliseconds);
    },
  };
}
