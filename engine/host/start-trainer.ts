/**
 * Starts a trainer and speaks with it. Not what a report means for the project: that is `trainers.ts`.
 * Convention: every trainer comes to exactly one end, whatever becomes of its process.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ErrorValue } from '../contract/error-value.ts';
import type { RunOutcome, TrainingEvent } from '../train/training-event.ts';
import type { TrainerJob, TrainerOrder, TrainerReport } from './trainer-messages.ts';

const trainerFile = fileURLToPath(new URL('trainer-process.ts', import.meta.url));
/** Of what it last wrote to its standard error. */
const keptCharacters = 2_000;
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

export function startTrainer(job: TrainerJob, onEvent: (event: TrainingEvent) => void): Trainer {
  const child = fork(trainerFile, [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keptCharacters);
  });
  const send = (order: TrainerOrder): void => {
    // A channel that has just closed is no news here: the process's end is reported below.
    if (child.connected) child.send(order, () => undefined);
  };
  let impatience: NodeJS.Timeout | undefined;
  let killed = false;
  const end = new Promise<TrainerEnd>((settle) => {
    let report: TrainerEnd | undefined;
    child.on('message', (message: TrainerReport) => {
      if (message.kind === 'event') onEvent(message.event);
      else report = message;
    });
    child.once('error', (error) => settle({ kind: 'died', how: error.message, lastWords }));
    child.once('close', (code, signal) => {
      clearTimeout(impatience);
      const how = signal === null ? `exit code ${String(code)}` : signal;
      settle(report ?? (killed ? { kind: 'killed' } : { kind: 'died', how, lastWords: lastWords.trim() }));
    });
  });
  send({ kind: 'begin', job });
  return {
    end,
    order: (kind) => {
      send({ kind });
      if (kind !== 'abort') return;
      impatience ??= setTimeout(() => {
        killed = true;
        child.kill('SIGKILL');
      }, abortMilliseconds);
    },
  };
}
