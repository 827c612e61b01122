/**
 * Requests about what a trained network makes of images: evaluation against labels, and masks as files.
 * Convention: masks and maps are written as files or travel as binary, never in these results.
 */
import { z } from 'zod';
import { fileNote } from './dataset.ts';
import { partName, project } from './project.ts';
import { computeSettings, executorChoice } from './training.ts';
import { count, id, path, positive } from './values.ts';

/** Null where it is not defined: no positives to be sensitive to, no border to be far from. */
const measure = z.number().nullable();

export const metrics = z.strictObject({
  dice: measure,
  iou: measure,
  accuracy: measure,
  sensitivity: measure,
  specificity: measure,
  /** In pixels of the original image; of a set of images only as a mean. */
  hd95: measure,
});
export type Metrics = z.infer<typeof metrics>;
export const metricNames = metrics.keyof().options;

const classMetrics = z.strictObject({ index: count, name: z.string(), pooled: metrics, perImage: metrics });

export const evaluation = z.strictObject({
  project,
  part: z.enum(['train', 'val', 'test', 'all']),
  checkpoint: path,
  compute: executorChoice,
  images: count,
  /** All pixels of the part together. */
  pooled: metrics,
  /** The mean over images, each counting the same. */
  perImage: metrics,
  classes: z.array(classMetrics),
  /** Worst Dice first. */
  worst: z.array(z.strictObject({ path: z.string(), ...metrics.shape })),
  failed: z.array(fileNote),
  seconds: z.number(),
  /** The table as a file, where asked for. */
  csv: path.optional(),
});
export type Evaluation = z.infer<typeof evaluation>;

const predictedFile = z.strictObject({
  /** As given: absolute for a single file, relative to the input or project folder otherwise. */
  input: z.string(),
  width: count,
  height: count,
  /** Absolute, like the others: one, or one per class. */
  masks: z.array(path),
  probabilities: z.array(path),
  overlay: path.optional(),
  /** Of all pixels, per class in order; absent where nothing had to be computed. */
  share: z.array(z.number()).optional(),
  /** 0 sure … 1 guessing; absent where nothing had to be computed. */
  uncertainty: z.number().optional(),
});

export const predictReport = z.strictObject({
  checkpoint: path,
  output: path,
  compute: executorChoice,
  size: z.strictObject({ width: count, height: count }),
  /** Images of which files were written. */
  written: count,
  /** Images whose files were there already, made from the same image by the same network. */
  unchanged: count,
  files: z.array(predictedFile),
  /** Files that are another's, and were not overwritten. */
  kept: z.array(fileNote),
  failed: z.array(fileNote),
  seconds: z.number(),
});
export type PredictReport = z.infer<typeof predictReport>;

const writing = {
  format: z.enum(['png', 'npy']).optional(),
  probabilities: z.boolean().optional(),
  overlays: z.boolean().optional(),
  /** Also replace files that are another's. */
  overwrite: z.boolean().optional(),
  compute: computeSettings.optional(),
};

export const predictionRequests = {
  evaluate: {
    arguments: z.strictObject({
      project,
      part: z.union([partName, z.literal('all')]).optional(),
      /** The latest run's best unless given. */
      checkpoint: path.optional(),
      csv: path.optional(),
      compute: computeSettings.optional(),
    }),
    result: evaluation,
  },
  /** Masks for files, without a project. */
  'predict.files': {
    arguments: z.strictObject({
      checkpoint: path,
      input: path,
      output: path,
      /** Side at which the network sees an image; what it was trained at unless given. */
      size: positive.optional(),
      ...writing,
    }),
    result: predictReport,
  },
  /** Masks for a project's images, by its latest run unless a checkpoint is given. */
  'predict.project': {
    arguments: z.strictObject({
      project,
      /** Or the ids of some. */
      images: z.union([z.enum(['unlabelled', 'labelled', 'test', 'all']), z.array(id)]).optional(),
      checkpoint: path.optional(),
      output: path.optional(),
      size: positive.optional(),
      ...writing,
    }),
    result: predictReport,
  },
} as const;
