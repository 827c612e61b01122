/**
 * An error as it crosses the contract: a value with a code, no stack and no class. Not the error itself.
 * Convention: what was no MambrushError gets the code 'internal', and its own text only as far as it helps a report.
 */
import { z } from 'zod';
import { MambrushError } from './error.ts';

export const errorValue = z.strictObject({
  code: z.string(),
  message: z.string(),
  path: z.string().optional(),
  /** Only when asked for by whoever looks for a mistake in the program. */
  stack: z.string().optional(),
});
export type ErrorValue = z.infer<typeof errorValue>;

/** What a request comes to, on any transport. */
export type Outcome<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ErrorValue };

/** @param withStack also send where it happened, for developers */
export function toErrorValue(error: unknown, withStack = false): ErrorValue {
  const stack = withStack && error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  if (error instanceof MambrushError) {
    const path = error.path === undefined ? {} : { path: error.path };
    return { code: error.code, message: error.message, ...path, ...stack };
  }
  if (isAbort(error)) return { code: 'aborted', message: 'Stopped before it was finished.', ...stack };
  const what = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    message: `Something went wrong inside Mambrush: ${what}. Nothing that was finished is lost; please report this.`,
    ...stack,
  };
}

/** The value as an error again, on the asking side. */
export function fromErrorValue(value: ErrorValue): MambrushError {
  const error = new MambrushError(value.code, value.message, value.path === undefined ? {} : { path: value.path });
  if (value.stack !== undefined) error.stack = value.stack;
  return error;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
