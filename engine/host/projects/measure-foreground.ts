/**
 * How much of an image's labels is foreground, and which classes it shows. Convention: of labelled pixels only.
 */
import { countLabels } from '../../dataset/masks/label-map.ts';
import { unlabelled } from '../../store/class-map.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';
import { readLabels } from './read-labels.ts';

export async function measureForeground(
  store: ProjectStore,
  image: Pick<ImageRecord, 'id' | 'width' | 'height'>,
  signal: AbortSignal | undefined,
): Promise<{ readonly share: number; readonly classes: readonly number[] }> {
  signal?.throwIfAborted();
  const counts = await countLabels((await readLabels(store, image, signal)) ?? new Uint8Array());
  const labelled = counts.subarray(0, unlabelled).reduce((sum, count) => sum + count, 0);
  const classes = [...counts.subarray(0, unlabelled).keys()].filter((index) => index > 0 && counts[index]! > 0);
  return { share: labelled === 0 ? 0 : (labelled - counts[0]!) / labelled, classes };
}
