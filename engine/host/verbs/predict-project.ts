/**
 * Masks for images of a project, as files in a folder of their own. Changes no label. Convention: the folder is
 * `predictions` in the project's folder unless another is named; an import passes it over.
 */
import { join, resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';
import { requireImage } from '../answers/describe-images.ts';
import type { Checked, Verb } from '../engine-context.ts';
import { checkpointOf, openPrediction } from '../predicting/open-prediction.ts';
import { checkOutputFolder } from '../projects/output-folder.ts';
import { writePredictions } from '../predicting/write-predictions.ts';

export const predictProject: Verb<'predict.project'> = async ({ projects, compute }, args, work) => {
  const store = projects.get(args.project);
  const output = args.output === undefined ? join(store.folder, 'predictions') : resolve(args.output);
  const paths = store.images.all().map(({ path }) => path);
  await checkOutputFolder(store.folder, paths, output);
  const { checkpoint } = checkpointOf(store, args.checkpoint);
  const chosen = choose(store, args.images ?? 'unlabelled');
  const missing = chosen.filter((image) => image.missing);
  const prediction = await openPrediction(
    compute,
    { checkpoint, size: args.size, compute: args.compute, images: chosen.length },
    work,
  );
  try {
    const images = chosen
      .filter((image) => !image.missing)
      .map((image) => ({ ...image, absolutePath: store.fileOf(image.path) }));
    const failed = missing.map(({ path }) => ({
      path,
      code: 'image-missing',
      message: `${path} can no longer be found. Put it back, or import the folder again.`,
    }));
    const protectedFiles = paths.map((path) => store.fileOf(path));
    return await writePredictions(prediction, images, { ...args, output, protectedFiles }, failed, work);
  } finally {
    await prediction.close();
  }
};

function choose(store: ProjectStore, which: NonNullable<Checked<'predict.project'>['images']>): ImageRecord[] {
  if (typeof which !== 'string') return [...new Set(which)].map((id) => requireImage(store, id));
  const images = store.images.all();
  if (which === 'all') return images;
  if (which === 'test') {
    const split = store.splits.current();
    if (split === undefined) {
      throw new MambrushError(
        'split-missing',
        `${store.folder} has no split yet, so it has no test part. Divide its images first, or predict all of them.`,
        { path: store.folder },
      );
    }
    const test = new Set(split.parts.test);
    return images.filter(({ id }) => test.has(id));
  }
  const labelled = new Set(store.labels.labelledImageIds());
  return images.filter(({ id }) => labelled.has(id) === (which === 'labelled'));
}
