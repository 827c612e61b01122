/**
 * What can be wrong when samples are prepared or read. Images that cannot be decoded have errors of their own
 * (`image-error.ts`), a full disk too (`write-error.ts`). Convention: `path` is the image, or the cache's folder.
 */
import { MambrushError } from '../../contract/error.ts';

export type SampleErrorCode =
  'image-size-changed' | 'label-size-wrong' | 'label-value-unknown' | 'cache-missing' | 'cache-damaged' | 'worker-died';

export class SampleError extends MambrushError {
  declare readonly code: SampleErrorCode;

  constructor(
    code: SampleErrorCode,
    message: string,
    options: { readonly path?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
