/**
 * Figures of an evaluation: for every image, their means, and pooled over all pixels. Pure; it runs no network and reads
 * no file. Convention: a value that is undefined is null, and left out of means.
 *
 * Empty masks: where truth and prediction of an image both lack a class, Dice and IoU are 1 (all is right); sensitivity
 * is undefined without the class in the truth, specificity when it fills the image, HD95 when either outline is missing.
 * Pooled figures know no such convention: what divides by zero is null.
 */
import { inBands } from '../../in-bands.ts';
import { metricNames } from '../../contract/prediction.ts';
import type { Metrics } from '../../contract/prediction.ts';
import { ConfusionCounter, meanMetrics, metricsOf } from './confusion.ts';
import type { ClassMetrics, Confusion } from './confusion.ts';
import { hausdorffDistance } from './hausdorff.ts';

export interface ImageEvaluation {
  /** One per class, in order. */
  readonly classes: readonly (Readonly<Metrics> & Confusion)[];
  /** Mean over the classes where each is defined. */
  readonly mean: Readonly<Metrics>;
  readonly counter: ConfusionCounter;
}

export interface EvaluationSummary {
  /** Over all pixels of all images. */
  readonly pooled: ClassMetrics & { readonly classes: readonly (ClassMetrics & Confusion)[] };
  /** Mean of the images' figures. */
  readonly perImage: Readonly<Metrics> & { readonly classes: readonly Readonly<Metrics>[] };
}

const pixelMetrics = metricNames.filter((name) => name !== 'hd95');

/**
 * @param predicted class indices (height, width), 0..K
 * @param truth class indices (height, width), 0..K, 255 unlabelled
 */
export function evaluateImage(
  predicted: Uint8Array,
  truth: Uint8Array,
  size: { readonly width: number; readonly height: number },
  classes: number,
): ImageEvaluation {
  if (predicted.length !== size.width * size.height || truth.length !== predicted.length) {
    throw new Error(
      `label maps of ${predicted.length} and ${truth.length} pixels are not ${size.width}×${size.height}`,
    );
  }
  const counter = new ConfusionCounter(classes);
  counter.addLabels(predicted, truth);
  const figures = counter.all().map((confusion, at) => ({
    ...confusion,
    ...metricsOf(confusion, 1),
    hd95: hausdorffDistance(predicted, truth, size, at + 1) ?? null,
  }));
  return { classes: figures, mean: meanMetrics(figures, metricNames), counter };
}

/** `mean.dice` of `evaluateImage`, piece by piece and without the distances, so that it keeps nobody waiting. */
export async function diceOfImage(predicted: Uint8Array, truth: Uint8Array, classes: number): Promise<number | null> {
  const counter = new ConfusionCounter(classes);
  await inBands(truth.length, (from, to) => counter.addLabels(predicted.subarray(from, to), truth.subarray(from, to)));
  return meanMetrics(
    counter.all().map((confusion) => metricsOf(confusion, 1)),
    ['dice'],
  ).dice;
}

/** @param images of at least one image, all with the same number of classes */
export function summarise(images: readonly ImageEvaluation[], classes: number): EvaluationSummary {
  const counter = new ConfusionCounter(classes);
  for (const image of images) counter.add(image.counter);
  const pooled = counter.all().map((confusion) => ({ ...confusion, ...metricsOf(confusion, null) }));
  const average = (list: readonly Readonly<Metrics>[]): Readonly<Metrics> => meanMetrics(list, metricNames);
  return {
    pooled: { ...meanMetrics(pooled, pixelMetrics), classes: pooled },
    perImage: {
      ...average(images.map((image) => image.mean)),
      classes: Array.from({ length: classes }, (_, at) => average(images.map((image) => image.classes[at]!))),
    },
  };
}

/** Worst Dice first; of equal ones the larger distance first; images without any figure last. Ties stay in order. */
export function worstFirst<T extends { readonly mean: Readonly<Metrics> }>(images: readonly T[]): T[] {
  const rank = ({ mean }: T): number => mean.dice ?? Infinity;
  return [...images].sort((a, b) => {
    const [first, second] = [rank(a), rank(b)];
    return first === second ? (b.mean.hd95 ?? 0) - (a.mean.hd95 ?? 0) : first - second;
  });
}
