/**
 * The run lengths of COCO masks, as numbers or packed into text, as runs down the columns. Writes none.
 * Source: pycocotools, `rleFrString` in maskApi.c. Convention: as there, what is missing at the end lies outside of the
 * object; what goes beyond the image is an error.
 */
import { AnnotationError } from './annotation-file.ts';
import type { ColumnRuns } from './polygon-runs.ts';
import type { Size } from '../../images/pixels.ts';

/** @throws AnnotationError annotation-run-lengths-wrong, annotation-run-lengths-too-long */
export function runsOfLengths(
  counts: string | readonly unknown[],
  { width, height }: Size,
  object: string,
): ColumnRuns {
  const lengths = typeof counts === 'string' ? unpack(counts, object) : counts;
  const runs: number[] = [];
  let at = 0;
  for (const [index, length] of lengths.entries()) {
    if (typeof length !== 'number' || !Number.isInteger(length) || length < 0) {
      const message = `${object} has run lengths with ${shown(length)} among them.`;
      throw new AnnotationError('annotation-run-lengths-wrong', message);
    }
    const from = at;
    at += length;
    if (at > width * height) {
      const message = `${object} has run lengths of more pixels than ${width}×${height}.`;
      throw new AnnotationError('annotation-run-lengths-too-long', message);
    }
    if (index % 2 === 1 && length > 0) runs.push(from, at);
  }
  return Uint32Array.from(runs);
}

function shown(value: unknown): string {
  return typeof value === 'number' ? `the number ${value}` : 'what is no number';
}

/** Five bits a character, the lowest first, a sixth that says whether more follow; from the fourth on, differences. */
function unpack(text: string, object: string): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    for (let digit = 0, more = true; more; digit++) {
      const bits = text.charCodeAt(at++) - 48;
      if (!(bits >= 0 && bits < 64) || digit > 7) {
        throw new AnnotationError('annotation-run-lengths-wrong', `${object} has run lengths in text that is none.`);
      }
      value += (bits & 31) * 32 ** digit;
      more = (bits & 32) !== 0;
      if (!more && (bits & 16) !== 0) value -= 32 ** (digit + 1);
    }
    lengths.push(lengths.length > 2 ? value + lengths.at(-2)! : value);
  }
  return lengths;
}
