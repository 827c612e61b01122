/**
 * What can be wrong with one image or mask file. Not for folders or projects as a whole.
 * Convention: the message names the file, says what is wrong and what to do; `code` is one of `ImageErrorCode`.
 */
import { MambrushError } from '../../contract/error.ts';

export type ImageErrorCode =
  | 'image-missing'
  | 'image-no-access'
  | 'image-empty'
  | 'image-truncated'
  | 'image-not-readable'
  | 'image-not-supported'
  | 'image-too-large';

export class ImageError extends MambrushError {
  declare readonly code: ImageErrorCode;

  constructor(
    code: ImageErrorCode,
    message: string,
    options: { readonly path?: string; readonly cause?: unknown } = {},
  ) {
    super(code, message, options);
  }
}
