/** What can be wrong when samples are prepared or read. Convention: `path` is the image, or the cache's folder. */
import { MambrushError } from '../../contract/error.ts';
import type { ErrorsOf } from '../../contract/error.ts';

type SampleErrorCode =
  'image-size-changed' | 'label-size-wrong' | 'label-value-unknown' | 'cache-missing' | 'cache-damaged' | 'worker-died';

export class SampleError extends (MambrushError as ErrorsOf<SampleErrorCode>) {}
