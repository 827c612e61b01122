/**
 * Counts the values of a label map. Knows no classes. Convention: a count for each of the 256 values.
 */
import { inBands } from './in-bands.ts';

export async function countLabels(labels: Uint8Array): Promise<Uint32Array> {
  const counts = new Uint32Array(256);
  await inBands(labels.length, (from, to) => {
    for (let at = from; at < to; at++) counts[labels[at]!]!++;
  });
  return counts;
}
