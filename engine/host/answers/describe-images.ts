/**
 * A project's images as the contract tells them: with their part in the current split and the state of their labels.
 * Convention: reads the store only.
 */
import type { ImageInfo } from '../../contract/images.ts';
import { MambrushError } from '../../contract/error.ts';
import type { ImageRecord, PartName, ProjectStore } from '../../store/project-store.ts';

/** @param ids of the images, in the order wanted; all of them in their own order unless given */
export function describeImages(store: ProjectStore, ids?: readonly number[]): ImageInfo[] {
  const { labels, splits, images } = store;
  // After every stroke one image is described: then the thousands of others are not read.
  if (ids !== undefined) {
    return ids.map((id) => describe(store, requireImage(store, id), splits.currentPartOf(id), labels.isLabelled(id)));
  }
  const parts = splits.currentParts();
  const labelled = new Set(labels.labelledImageIds());
  return images.all().map((image) => describe(store, image, parts.get(image.id), labelled.has(image.id)));
}

function describe(
  store: ProjectStore,
  { id, path, width, height, channels, bits, state, missing, group }: ImageRecord,
  part: PartName | undefined,
  labelled: boolean,
): ImageInfo {
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
    labelled,
    part,
    group,
  };
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
