/**
 * Reads an image's labels tile by tile, so that a large one does not block the event loop. The store's own `read` is for small ones.
 * Convention: what comes back is one state of the labels; when they change meanwhile, it is read again.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { unlabelled } from '../../store/class-map.ts';
import { placeTile, tileAreas } from '../../store/label-tiles.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';

/** Some ten milliseconds of reading. */
const tilesInOneGo = 24;
const attempts = 3;

/** @returns class indices (height, width); undefined when no pixel is labelled */
export async function readLabels(
  store: ProjectStore,
  image: Pick<ImageRecord, 'id' | 'width' | 'height'>,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const areas = [...tileAreas(image)];
  await breathe();
  for (let attempt = 0; attempt < attempts && areas.length > tilesInOneGo; attempt++) {
    const revision = store.labels.revision(image.id);
    const labels = new Uint8Array(image.width * image.height).fill(unlabelled);
    let isLabelled = false;
    for (const [at, area] of areas.entries()) {
      if (at > 0 && at % tilesInOneGo === 0) await breathe();
      signal?.throwIfAborted();
      const tile = store.labels.readTile(image.id, area.tileX, area.tileY);
      isLabelled ||= tile.some((value) => value !== unlabelled);
      placeTile(labels, image.width, area, tile);
    }
    if (store.labels.revision(image.id) === revision) return isLabelled ? labels : undefined;
  }
  signal?.throwIfAborted();
  return store.labels.read(image.id);
}
