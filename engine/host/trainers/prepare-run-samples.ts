/**
 * Gets the samples of some of a project's images ready for a run. Convention: an image that cannot be prepared is a remark
 * and is left out; the rest goes on.
 */
import { countedNames } from '../answers/counted-names.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { TrainNote } from '../../contract/training.ts';
import { prepareSamples } from '../../dataset/samples/prepare-samples.ts';
import type { SampleRequest } from '../../dataset/samples/prepare-samples.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';

export interface SampleShape {
  readonly size: { readonly width: number; readonly height: number };
  readonly channels: 1 | 3;
  readonly classes: number;
}

/** @returns remarks about what was left out or made anew */
export async function prepareRunSamples(
  store: ProjectStore,
  imageIds: readonly number[],
  shape: SampleShape,
  work: LongWork,
): Promise<readonly TrainNote[]> {
  const images = imageIds.map((id) => store.images.get(id)).filter((image) => image !== undefined);
  const report = await prepareSamples(
    { images: images.map((image) => requestOf(store, image)), cacheFolder: store.cacheFolder, ...shape },
    work,
  );
  const pathOf = (imageId: number): string => store.images.get(imageId)?.path ?? String(imageId);
  const remarks: TrainNote[] = report.failed.map(({ imageId, code, message }) => {
    const path = pathOf(imageId);
    return { path, code, message: `${path} is left out: ${message}` };
  });
  if (report.repaired.length > 0) {
    const message = `Prepared samples were damaged and are made anew: ${countedNames(report.repaired.map(pathOf))}.`;
    remarks.push({ code: 'samples-damaged', message });
  }
  if (report.rebuilt !== undefined) {
    remarks.push({ code: 'samples-rebuilt', message: `All samples are prepared anew: ${report.rebuilt}` });
  }
  return remarks;
}

function requestOf(store: ProjectStore, image: ImageRecord): SampleRequest {
  return {
    imageId: image.id,
    absolutePath: store.fileOf(image.path),
    hash: image.hash,
    width: image.width,
    height: image.height,
    labelRevision: store.labels.revision(image.id),
    readLabels: () => store.labels.read(image.id),
  };
}
