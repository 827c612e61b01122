/**
 * What becomes of a run when its graphics card fails: after a loss it goes on from its last checkpoint on the same card
 * once, after a second one or any other trouble of the card on the processor. Not the loop.
 * Convention: what is done is told after the run has begun again; trouble of any other kind is the run's end.
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

/** Goes on from the last checkpoint, where it is not the first attempt. */
export type AttemptRun = (on: 'first' | 'card' | 'processor', onEvent: ReportTraining) => Promise<RunOutcome>;

export type GpuTrouble = Extract<TrainingEvent, { kind: 'gpu-trouble' }>;

export function gpuTroubleText({ code, epoch, error }: GpuTrouble): string {
  const where = epoch === 0 ? 'from its beginning' : `after epoch ${epoch}`;
  const on = code === 'gpu-opened-again' ? 'on the same graphics card, once' : 'on the processor';
  return `The run went on ${where} ${on}. It had stopped with this error: ${error.message}`;
}

/** @returns how the run ended at last */
export async function runDespiteGpuTrouble(attempt: AttemptRun, onEvent: ReportTraining): Promise<RunOutcome> {
  // A failure of the card is not the end of the run.
  const withoutEnd: ReportTraining = (event) => {
    if (event.kind !== 'finished' || gpuCodeOf(event) === undefined) onEvent(event);
  };
  let outcome = await attempt('first', withoutEnd);
  let isFirst = true;
  for (let code = gpuCodeOf(outcome); code !== undefined; code = gpuCodeOf(outcome)) {
    const onCard = code === 'gpu-lost' && isFirst;
    isFirst = false;
    const { epoch, reason: message } = outcome;
    const error = { code, message };
    outcome = await attempt(onCard ? 'card' : 'processor', (event) => {
      withoutEnd(event);
      if (event.kind !== 'started') return;
      onEvent({ kind: 'gpu-trouble', code: onCard ? 'gpu-opened-again' : 'gpu-given-up', epoch, error });
    });
    // A card that cannot be opened again has failed a second time; the processor does not fail so.
  }
  return outcome;
}

function gpuCodeOf({ status, code }: Pick<RunOutcome, 'status' | 'code'>): string | undefined {
  return status === 'failed' && code !== undefined && gpuCodes.has(code) ? code : undefined;
}
