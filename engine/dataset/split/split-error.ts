/** What can be wrong with a request for a split; what only deserves a warning stands in the split's report. */
import { MambrushError } from '../../contract/error.ts';
import type { ErrorsOf } from '../../contract/error.ts';

type SplitErrorCode =
  | 'split-empty'
  | 'split-sizes-invalid'
  | 'split-too-many'
  | 'split-seed-invalid'
  | 'split-overlap'
  | 'split-name-ambiguous'
  | 'split-names-unknown'
  | 'group-pattern-invalid'
  | 'group-pattern-too-slow';

export class SplitError extends (MambrushError as ErrorsOf<SplitErrorCode>) {}
