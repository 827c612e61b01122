/**
 * How well a network does on images of a project, held against their labels at the images' own size. Convention: pixels
 * that are unlabelled count in nothing; an image without any label, or that cannot be read, is left out and named.
 */
import { resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { FileNote } from '../../contract/dataset.ts';
import { metrics } from '../../contract/prediction.ts';
import type { Evaluation, Metrics } from '../../contract/prediction.ts';
import type { ImagePrediction } from '../../infer/predict-image.ts';
import { unlabelled } from '../../store/class-map.ts';
import type { ImageRecord, ProjectStore } from '../../store/project-store.ts';
import type { ClassMetrics } from '../../train/metrics/confusion.ts';
import { summarise, worstFirst } from '../../train/metrics/evaluate-metrics.ts';
import type { ImageEvaluation } from '../../train/metrics/evaluate-metrics.ts';
import { EvaluationThread } from '../../train/metrics/evaluation-thread.ts';
import { prepareTable, writeTable } from '../answers/evaluation-table.ts';
import type { Verb } from '../engine-context.ts';
import { checkpointOf, openPrediction } from '../predicting/open-prediction.ts';
import { predictEach } from '../predicting/predict-each.ts';
import { readLabels } from '../projects/read-labels.ts';

type EvaluatedImage = ImageEvaluation & { readonly path: string };

export const evaluate: Verb<'evaluate'> = async ({ projects, compute }, args, work): Promise<Evaluation> => {
  const begun = performance.now();
  const store = projects.get(args.project);
  const part = args.part ?? 'test';
  const csv = args.csv === undefined ? undefined : resolve(args.csv);
  const images = labelledImages(store, part);
  const { checkpoint, run } = checkpointOf(store, args.checkpoint);
  if (csv !== undefined) await prepareTable(csv);
  const prediction = await openPrediction(compute, { checkpoint, compute: args.compute, images: images.length }, work);
  const classes = store.classes.all();
  const thread = new EvaluationThread();
  const evaluateOne = async (image: ImageRecord, { labels }: ImagePrediction): Promise<EvaluatedImage> => {
    const { path, width, height } = image;
    const truth = (await readLabels(store, image, work.signal)) ?? new Uint8Array(width * height).fill(unlabelled);
    return { path, ...(await thread.evaluate(labels, truth, image, classes.length)) };
  };
  try {
    const each = { store, prediction, run, images, kind: 'evaluate', use: evaluateOne };
    const { results: evaluated, failed } = await predictEach(each, work);
    if (evaluated.length === 0) throw nothingToEvaluate(store, part, failed);
    const { pooled, perImage } = summarise(evaluated, classes.length);
    if (csv !== undefined) writeTable(csv, evaluated, classes);
    return {
      project: store.folder,
      part,
      checkpoint,
      compute: prediction.choice,
      images: evaluated.length,
      pooled: metricsOf({ ...pooled, hd95: null }),
      perImage: metricsOf(perImage),
      classes: classes.map(({ index, name }, at) => ({
        index,
        name,
        pooled: metricsOf({ ...pooled.classes[at]!, hd95: null }),
        perImage: metricsOf(perImage.classes[at]!),
      })),
      worst: worstFirst(evaluated).map(({ path, mean }) => ({ path, ...metricsOf(mean) })),
      failed,
      seconds: (performance.now() - begun) / 1000,
      csv,
    };
  } finally {
    await thread.close();
    await prediction.close();
  }
};

function labelledImages(store: ProjectStore, part: Evaluation['part']): ImageRecord[] {
  const labelled = new Set(store.labels.labelledImageIds());
  const images = store.images.all().filter(({ id }) => labelled.has(id));
  if (part === 'all') {
    if (images.length === 0) throw nothingToEvaluate(store, part, []);
    return images;
  }
  const split = store.splits.current();
  if (split === undefined) {
    throw new MambrushError(
      'split-missing',
      `${store.folder} has no split yet, so it has no ${part} part. Divide its images first, or evaluate all of them.`,
      { path: store.folder },
    );
  }
  const inPart = new Set(split.parts[part]);
  const chosen = images.filter(({ id }) => inPart.has(id));
  if (chosen.length === 0) throw nothingToEvaluate(store, part, []);
  return chosen;
}

function nothingToEvaluate(store: ProjectStore, part: string, failed: readonly FileNote[]): MambrushError {
  const where = part === 'all' ? 'project' : `${part} part`;
  const reason = failed[0] === undefined ? 'no labeled image' : `no image that can be read (${failed[0].message})`;
  return new MambrushError('nothing-to-evaluate', `The ${where} has ${reason}, so there is nothing to hold against.`, {
    path: store.folder,
  });
}

/** Without what counts them. */
const metricsOf = (figures: ClassMetrics & Pick<Metrics, 'hd95'>): Metrics => metrics.strip().parse(figures);
