/**
 * How much of an image's labels is foreground, and which classes it shows. Convention: of labelled pixels only.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { ProjectStore } from '../store/project-store.ts';

const unlabelled = 255;

export async function measureForeground(
  store: ProjectStore,
  imageId: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly share: number; readonly classes: readonly number[] }> {
  // A label map of a large image takes a while: others get their turn in between.
  await breathe();
  signal?.throwIfAborted();
  const counts = new Uint32Array(256);
  for (const value of store.labels.read(imageId) ?? []) counts[value]!++;
  const labelled = counts.subarray(0, unlabelled).reduce((sum, count) => sum + count, 0);
  const classes = [...counts.subarray(0, unlabelled).keys()].filter((index) => index > 0 && counts[index]! > 0);
  return { share: labelled === 0 ? 0 : (labelled - counts[0]!) / labelled, classes };
}
