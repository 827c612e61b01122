/**
 * Small questions about a label map: its size, its classes, how many pixels have which value. Convention: a label map is a
 * Uint8Array (height, width), row-major, of class indices: 0 background, 1..K, 255 unlabelled.
 */
import { inBands } from '../../in-bands.ts';
import { unlabelled } from '../../store/class-map.ts';

export interface MaskClass {
  readonly name: string;
  /** `#rrggbb`. */
  readonly color: string;
}

/** Whether any pixel is unlabelled. A Buffer finds a byte ten times as fast as a Uint8Array does. */
export function hasUnlabelled(labels: Uint8Array): boolean {
  return Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength).includes(unlabelled);
}

export async function countLabels(labels: Uint8Array): Promise<Uint32Array> {
  const counts = new Uint32Array(256);
  await inBands(labels.length, (from, to) => {
    for (let at = from; at < to; at++) counts[labels[at]!]!++;
  });
  return counts;
}
