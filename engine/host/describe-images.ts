/**
 * A project's images as the contract tells them: with their part in the current split and the state of their labels.
 * Convention: reads the store only.
 */
import type { ImageInfo } from '../contract/images.ts';
import { MambrushError } from '../contract/error.ts';
import type { ImageRecord, ProjectStore } from '../store/project-store.ts';

const partNames = ['train', 'val', 'test'] as const;

/** @param ids of the images, in the order wanted; all of them in their own order unless given */
export function describeImages(store: ProjectStore, ids?: readonly number[]): ImageInfo[] {
  const split = store.splits.current();
  const parts = new Map(partNames.flatMap((part) => (split?.parts[part] ?? []).map((id) => [id, part] as const)));
  const labelled = new Set(store.labels.labelledImageIds());
  const records = ids === undefined ? store.images.all() : ids.map((id) => requireImage(store, id));
  return records.map(({ id, path, width, height, channels, bits, state, missing, group }): ImageInfo => {
    const part = parts.get(id);
    return {
      id,
      path,
      width,
      height,
      channels,
      bits,
      state,
      missing,
      revision: store.labels.revision(id),
      labelled: labelled.has(id),
      ...(part !== undefined && { part }),
      ...(group !== undefined && { group }),
    };
  });
}

/** @throws MambrushError 'image-unknown' */
export function requireImage(store: ProjectStore, id: number): ImageRecord {
  const image = store.images.get(id);
  if (image !== undefined) return image;
  throw new MambrushError(
    'image-unknown',
    `The project in ${store.folder} has no image ${id}. It may have been removed.`,
    {
      path: store.folder,
    },
  );
}
