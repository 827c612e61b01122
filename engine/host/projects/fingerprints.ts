/**
 * Fingerprints of many images, a few at a time. Convention: an image that cannot be read has none, which is like nothing.
 */
import { availableParallelism } from 'node:os';
import { mapBounded } from '../../bounded.ts';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import { fingerprintImage } from '../../dataset/images/perceptual-hash.ts';
import type { Fingerprint } from '../../dataset/images/perceptual-hash.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';

export async function createFingerprints(
  store: ProjectStore,
  images: readonly ImageRecord[],
  { signal, onProgress }: LongWork,
): Promise<ReadonlyMap<number, Fingerprint>> {
  const found = new Map<number, Fingerprint>();
  let done = 0;
  const readable = images.filter(({ missing }) => !missing);
  await mapBounded(readable, availableParallelism(), async (image) => {
    signal?.throwIfAborted();
    const fingerprint = await fingerprintImage(store.fileOf(image.path)).catch((error: unknown) => {
      if (!(error instanceof MambrushError)) throw error;
      return undefined;
    });
    if (fingerprint !== undefined) found.set(image.id, fingerprint);
    done++;
    onProgress?.({ kind: 'compare', value: done / images.length, done, total: images.length });
  });
  return found;
}
