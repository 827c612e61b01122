/**
 * Images of a project predicted in the project's classes, several at once. Convention: an image that cannot be read is a
 * note, and the rest goes on.
 */
import { mapWeighted } from '../../bounded.ts';
import type { FileNote } from '../../contract/dataset.ts';
import type { LongWork } from '../../contract/progress.ts';
import { inBands } from '../../in-bands.ts';
import { predictImage } from '../../infer/predict-image.ts';
import type { ImagePrediction } from '../../infer/predict-image.ts';
import type { ImageRecord, ProjectStore, RunRecord } from '../../store/project-store.ts';
import { classTable } from './open-prediction.ts';
import type { Prediction } from './open-prediction.ts';
import { noteOf } from './write-predictions.ts';

const bounds = { atOnce: 16, weight: 32_000_000, weightOf: ({ width, height }: ImageRecord) => width * height };

export interface EachPrediction<Result> {
  readonly store: ProjectStore;
  readonly prediction: Prediction;
  /** That the network comes from, where it is known. */
  readonly run: RunRecord | undefined;
  readonly images: readonly ImageRecord[];
  /** Of progress. */
  readonly kind: string;
  readonly use: (image: ImageRecord, prediction: ImagePrediction) => Promise<Result>;
}

/** @returns what was made of those that could be read, in order @throws MambrushError 'checkpoint-foreign' */
export async function predictEach<Result extends object>(
  { store, prediction, run, images, kind, use }: EachPrediction<Result>,
  work: LongWork,
): Promise<{ readonly results: readonly Result[]; readonly failed: FileNote[] }> {
  const table = classTable(store.classes.all(), prediction, run);
  const failed: FileNote[] = [];
  const begun = performance.now();
  let done = 0;
  const predict = async (image: ImageRecord): Promise<Result> => {
    const { path, width, height } = image;
    const file = { path: store.fileOf(path), width, height };
    const predicted = await predictImage(prediction.predictor, file, undefined, { signal: work.signal });
    const { labels } = predicted;
    await inBands(labels.length, (from, to) => {
      for (let at = from; at < to; at++) labels[at] = table[labels[at]!]!;
    });
    return use(image, predicted);
  };
  const results = await mapWeighted(images, bounds, async (image) => {
    work.signal?.throwIfAborted();
    const result = await predict(image).catch((error: unknown) => {
      work.signal?.throwIfAborted();
      failed.push(noteOf(error, image.path, store.fileOf(image.path)));
      return undefined;
    });
    done++;
    const secondsLeft = ((performance.now() - begun) / 1000 / done) * (images.length - done);
    const value = done / images.length;
    work.onProgress?.({ kind, value, done, total: images.length, text: image.path, secondsLeft });
    return result;
  });
  return { results: results.filter((result) => result !== undefined), failed };
}
