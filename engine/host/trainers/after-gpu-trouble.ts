/**
 * What becomes of a run when the graphics card lets it down: after a loss it goes on from its last checkpoint on the same
 * card once, after a second one or any other trouble of the card on the processor. Not the loop.
 * Convention: what is done is said in a notice, after the run has begun again; trouble of any other kind is the run's end.
 */
import type { ReportTraining, RunOutcome, TrainingEvent } from '../../train/training-event.ts';

const gpuCodes: ReadonlySet<string> = new Set([
  'gpu-lost',
  'gpu-out-of-memory',
  'gpu-error',
  'gpu-missing',
  'gpu-operation-refused',
  'gpu-shader-refused',
]);

export interface RunAttempts {
  readonly first: (onEvent: ReportTraining) => Promise<RunOutcome>;
  /** Goes on from the last checkpoint. */
  readonly again: (on: 'card' | 'processor', onEvent: ReportTraining) => Promise<RunOutcome>;
}

/** @returns how the run ended at last */
export async function runDespiteGpuTrouble(attempts: RunAttempts, onEvent: ReportTraining): Promise<RunOutcome> {
  // A failure of the card is not the end of the run.
  const withoutEnd: ReportTraining = (event) => {
    if (event.kind !== 'finished' || !isGpuTrouble(event)) onEvent(event);
  };
  let outcome = await attempts.first(withoutEnd);
  let isSecondLoss = false;
  while (isGpuTrouble(outcome)) {
    const on = outcome.code === 'gpu-lost' && !isSecondLoss ? 'card' : 'processor';
    isSecondLoss = true;
    const notice = noticeOf(outcome, on);
    outcome = await attempts.again(on, (event) => {
      withoutEnd(event);
      if (event.kind === 'started') onEvent(notice);
    });
    // A card that cannot be opened again has failed a second time; the processor does not fail so.
  }
  return outcome;
}

function isGpuTrouble({ status, code }: Pick<RunOutcome, 'status' | 'code'>): boolean {
  return status === 'failed' && code !== undefined && gpuCodes.has(code);
}

function noticeOf({ reason, epoch }: RunOutcome, on: 'card' | 'processor'): TrainingEvent {
  const where = epoch === 0 ? 'from its beginning' : `after epoch ${epoch}`;
  // What to do about it follows in its message; here it is done.
  const [why = ''] = reason.split(/(?<=\.) /);
  return on === 'card'
    ? {
        kind: 'notice',
        code: 'gpu-opened-again',
        text: `The run went on ${where} on the same graphics card, once. ${why}`,
      }
    : { kind: 'notice', code: 'gpu-given-up', text: `The run went on ${where} on the processor. ${why}` };
}
