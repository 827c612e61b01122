/**
 * Why an executor does not compute, and what computes instead: as values, and as the English sentences of them.
 * Convention: numbers that are infinite or no numbers cross as null.
 */
import { z } from 'zod';
import { MambrushError } from './error.ts';
import { errorValue, toErrorValue } from './error-value.ts';

const executor = z.string();

export const refusal = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('executor-unavailable'), executor, reason: z.string() }),
  /** `times`: the worst error over its tolerance, of this tensor. */
  z.strictObject({
    code: z.literal('self-check-failed'),
    executor,
    instructionSet: z.string().optional(),
    tensor: z.string(),
    times: z.number().nullable(),
  }),
  /** Its probabilities are not the processor's. */
  z.strictObject({ code: z.literal('results-differ'), executor, difference: z.number().nullable() }),
  z.strictObject({ code: z.literal('executor-failed'), executor, error: errorValue }),
  z.strictObject({ code: z.literal('gpu-missing'), reason: z.string() }),
]);
export type Refusal = z.infer<typeof refusal>;

export const fallback = z.strictObject({
  /** Those that would have computed, in order. */
  refusals: z.array(refusal),
  /** 'processor': ONNX Runtime on it, where its graphics card was asked for. */
  instead: z.enum(['reference', 'onnx', 'processor']),
});
export type Fallback = z.infer<typeof fallback>;

/** Of an executor that failed with an error that is meant for people. @throws every other */
export function refusedByError(executorName: string, error: unknown): Refusal {
  if (!(error instanceof MambrushError)) throw error;
  return { code: 'executor-failed', executor: executorName, error: toErrorValue(error) };
}

export function refusalText(refused: Refusal): string {
  switch (refused.code) {
    case 'executor-unavailable':
      return `The executor '${refused.executor}' cannot run here: ${refused.reason}.`;
    case 'self-check-failed': {
      const { times, instructionSet, tensor } = refused;
      const size = times === null ? 'not a number' : `${times.toPrecision(3)} times what is allowed`;
      const variant = instructionSet === undefined ? '' : ` (${instructionSet})`;
      return (
        `The executor '${refused.executor}'${variant} computes wrongly on this machine: '${tensor}' is off by ${size}. ` +
        `Please report it with the output of 'doctor'.`
      );
    }
    case 'results-differ':
      return `${refused.executor} computes wrongly here: probabilities differ by ${differenceText(refused)}.`;
    case 'executor-failed':
      return refused.error.message;
    case 'gpu-missing':
      return `No graphics card is used: ${refused.reason}.`;
  }
}

/** Beside what computes. */
export function notUsedText(refused: Refusal): string {
  if (refused.code === 'gpu-missing') return refusalText(refused);
  const isDifferent = refused.code === 'results-differ';
  const reason = isDifferent ? `its probabilities differ by ${differenceText(refused)} here.` : refusalText(refused);
  return `'${refused.executor}' is not used: ${reason}`;
}

const insteadTexts: Readonly<Record<Fallback['instead'], string>> = {
  reference: `The executor 'reference' computes instead; it is far slower.`,
  onnx: 'ONNX Runtime computes instead.',
  processor: 'The processor computes instead.',
};

export function fallbackText({ refusals, instead }: Fallback): string {
  return [...refusals.map(refusalText), insteadTexts[instead]].join(' ');
}

function differenceText({ difference }: { readonly difference: number | null }): string {
  return (difference ?? Infinity).toExponential(1);
}
