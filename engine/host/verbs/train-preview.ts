/**
 * What a run's network makes of a few images: its latest while it learns, else its best. Not proposals: it is kept nowhere.
 * Convention: one thread and a small network input, so that the run is not held up; label maps as small as asked for.
 */
import { MambrushError } from '../../contract/error.ts';
import type { ResultOf } from '../../contract/requests.ts';
import { ImageError } from '../../dataset/images/image-error.ts';
import { predictImage } from '../../infer/predict-image.ts';
import { readCheckpoint } from '../../network/checkpoint.ts';
import { requireImage } from '../answers/describe-images.ts';
import { describeRun } from '../answers/describe-run.ts';
import type { Verb } from '../engine-context.ts';
import { fitInside } from '../answers/fit-inside.ts';
import { classTable, openPrediction, sizeOf } from '../predicting/open-prediction.ts';
import { noteOf } from '../predicting/write-predictions.ts';

/** Of the network's input: enough to see what it has learned. */
const largestSide = 256;

export const trainPreview: Verb<'train.preview'> = async ({ projects, compute }, args, work) => {
  const store = projects.get(args.project);
  const images = args.images.map((id) => requireImage(store, id)).filter(({ missing }) => !missing);
  const run = store.runs.get(args.run);
  const { latestFile, bestFile } = run === undefined ? {} : describeRun(store, run);
  const isAtWork = run?.status === 'running' || run?.status === 'paused';
  const checkpoint = isAtWork ? (latestFile ?? bestFile) : (bestFile ?? latestFile);
  if (run === undefined || checkpoint === undefined) {
    throw new MambrushError('checkpoint-missing', `Run ${args.run} has no network yet. Let it train for an epoch.`, {
      path: store.folder,
    });
  }
  const network = readCheckpoint(checkpoint);
  const trained = sizeOf(network);
  const size = Math.max(trained.width, trained.height) > largestSide ? { size: largestSide } : {};
  const prediction = await openPrediction(
    compute,
    { checkpoint, compute: { threads: 1 }, images: images.length, ...size },
    work,
  );
  try {
    const table = classTable(store.classes.all(), prediction, run);
    const maps: ResultOf<'train.preview'>['maps'] = [];
    const failed: ResultOf<'train.preview'>['failed'] = [];
    for (const { id, path, width, height } of images) {
      work.signal?.throwIfAborted();
      const small = fitInside({ width, height }, args.side);
      const file = { path: store.fileOf(path), ...small };
      try {
        const { labels } = await predictImage(prediction.predictor, file, undefined, work);
        for (let at = 0; at < labels.length; at++) labels[at] = table[labels[at]!]!;
        maps.push({ image: id, ...small, data: labels });
      } catch (error) {
        // What is wrong with one picture is no reason to show none.
        if (!(error instanceof ImageError)) throw error;
        failed.push({ image: id, ...noteOf(error, path, file.path) });
      }
    }
    const epoch = Number(network.metadata['epoch']);
    return { ...(Number.isInteger(epoch) && epoch > 0 && { epoch }), maps, failed };
  } finally {
    await prediction.close();
  }
};
