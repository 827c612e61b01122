/**
 * Requests about training runs. A run trains in a process of its own and reports by events.
 * Convention: the settings' names are the field's own; what is left out is the recipe of the network's paper.
 */
import { z } from 'zod';
import { fileNote, remark } from './dataset.ts';
import { fallback, refusal } from './fallback.ts';
import { networkSettings } from './network-settings.ts';
import { project, runStatus } from './project.ts';
import { trainSettings } from './setting-fields.ts';
import { bytes, count, jsonObject, path, positive, size } from './values.ts';

export const computeSettings = z.strictObject({
  /** 'auto': the fastest that works here and computes rightly. */
  executor: z.string().optional(),
  threads: positive.optional(),
  instructionSet: z.string().optional(),
});
export type ComputeSettings = z.infer<typeof computeSettings>;

/** What computes, and why it is not what was asked for or expected; said to the user, never silent. */
export const executorChoice = z.strictObject({
  executor: z.string(),
  description: z.string(),
  /** What a race on this machine took: milliseconds an image, of whoever took part. */
  race: z.array(z.strictObject({ executor: z.string(), milliseconds: z.number() })).optional(),
  /** Who took no part in a race, and why. */
  refusals: z.array(refusal).optional(),
  fallback: fallback.optional(),
});
export type ExecutorChoice = z.infer<typeof executorChoice>;

export const epochInfo = z.strictObject({
  epoch: positive,
  trainLoss: z.number().optional(),
  valLoss: z.number().optional(),
  valDice: z.number().optional(),
  valIou: z.number().optional(),
  learningRate: z.number().optional(),
  seconds: z.number().optional(),
  imagesPerSecond: z.number().optional(),
});
export type EpochInfo = z.infer<typeof epochInfo>;

export const runInfo = z.strictObject({
  project,
  id: count,
  name: z.string(),
  status: runStatus,
  /** What happened and what to do, where it failed or was ended; else what became of its graphics card on the way. */
  message: z.string().optional(),
  /** Of the message, for machines; runs of older versions have none. */
  code: z.string().optional(),
  seed: count,
  executor: z.string(),
  epochs: z.strictObject({ done: count, planned: count }),
  best: z.strictObject({ epoch: positive, valLoss: z.number().optional(), valDice: z.number().optional() }).optional(),
  /** Absolute paths of the checkpoints, once there are some. */
  bestFile: path.optional(),
  latestFile: path.optional(),
  /** Whether 'train.resume' can go on with it. */
  resumable: z.boolean(),
  size,
  images: z.strictObject({ train: count, val: count }),
  /** All of them, as they were filled in: to compare runs by, and to start another like it. */
  settings: jsonObject,
  network: jsonObject,
  createdAt: z.string(),
});
export type RunInfo = z.infer<typeof runInfo>;

/** Of an image, or of the run as a whole. */
const trainNote = remark.extend({ path: z.string().optional() });
export type TrainNote = z.infer<typeof trainNote>;

const started = z.strictObject({ run: runInfo, compute: executorChoice, notes: z.array(trainNote) });
export type TrainStarted = z.infer<typeof started>;

const ofRun = z.strictObject({ project, run: count.optional() });

export const trainingRequests = {
  /** Prepares the samples (long) and starts the trainer; answers when it has begun. Needs a split. */
  'train.start': {
    arguments: z.strictObject({
      project,
      settings: trainSettings.optional(),
      network: networkSettings.optional(),
      compute: computeSettings.optional(),
      /** A checkpoint to start from. */
      from: path.optional(),
      /** Also with its optimiser's state, its epoch and its schedule: as its own training would have gone on. */
      continue: z.boolean().optional(),
      name: z.string().optional(),
    }),
    result: started,
  },
  /** Goes on with a run that was interrupted, stopped or paused: the latest one unless it is named. */
  'train.resume': {
    arguments: z.strictObject({
      project,
      run: count.optional(),
      /** More (or fewer) epochs than the run was planned for. */
      epochs: positive.optional(),
      compute: computeSettings.optional(),
    }),
    result: started,
  },
  /**
   * What the run's network makes of some images, the latest while it learns and else the best: small, by one thread, and
   * kept nowhere.
   */
  'train.preview': {
    arguments: z.strictObject({
      project,
      run: count,
      images: z.array(count).max(16),
      /** Of the answer's longer side, in pixels. */
      side: z.int().min(16).max(1024),
    }),
    result: z.strictObject({
      /** After which the network was saved; absent where the file does not say. */
      epoch: count.optional(),
      /** (height, width), class indices of the project. */
      maps: z.array(size.extend({ image: count, data: bytes })),
      /** Images that cannot be read, and why. */
      failed: z.array(fileNote.extend({ image: count })),
    }),
  },
  'train.pause': { arguments: ofRun, result: runInfo },
  /** 'keep' ends after the current step and saves; 'abort' ends at once, the last checkpoint remains. */
  'train.stop': { arguments: ofRun.extend({ how: z.enum(['keep', 'abort']).optional() }), result: runInfo },
  'train.status': { arguments: ofRun, result: z.strictObject({ run: runInfo, epochs: z.array(epochInfo) }) },
  /** Answers when the run trains no longer. */
  'train.wait': { arguments: ofRun, result: z.strictObject({ run: runInfo, epochs: z.array(epochInfo) }) },
} as const;
