/**
 * What can be wrong with a request for a split. What only deserves a warning stands in the split's report instead.
 * Convention: the message names the numbers or names that do not fit.
 */
import { MambrushError } from '../../contract/error.ts';

export type SplitErrorCode =
  | 'split-empty'
  | 'split-sizes-invalid'
  | 'split-too-many'
  | 'split-seed-invalid'
  | 'split-overlap'
  | 'split-name-ambiguous'
  | 'split-names-unknown'
  | 'group-pattern-invalid'
  | 'group-pattern-too-slow';

export class SplitError extends MambrushError {
  declare readonly code: SplitErrorCode;

  constructor(
    code: SplitErrorCode,
    message: string,
    options: { readonly path?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
