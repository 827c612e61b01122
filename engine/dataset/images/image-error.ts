/**
 * What can be wrong with one image or mask file. Not for folders or projects as a whole.
 * Convention: the message names the file, says what is wrong and what to do; `code` is one of `ImageErrorCode`.
 */
import { MambrushError } from '../../contract/error.ts';
import type { ErrorsOf } from '../../contract/error.ts';

type ImageErrorCode =
  | 'image-missing'
  | 'image-no-access'
  | 'image-empty'
  | 'image-truncated'
  | 'image-not-readable'
  | 'image-not-supported'
  | 'image-too-large';

export class ImageError extends (MambrushError as ErrorsOf<ImageErrorCode>) {}

export function truncated(name: string): ImageError {
  return new ImageError('image-truncated', `${name} is cut short: its end is missing. Copy or download it again.`, {
    path: name,
  });
}

export function damaged(name: string, where: string, cause?: unknown): ImageError {
  return new ImageError('image-not-readable', `${name} is damaged (${where}). Replace it by a whole copy.`, {
    path: name,
    cause,
  });
}
