/**
 * Requests about a project as a whole: what is in it. Not about its pixels.
 * Convention: a project is named by the absolute path of its folder; it is open, for whoever opened it or imported into it,
 * from then to 'project.close'.
 */
import { z } from 'zod';
import { count, path } from './values.ts';

export const project = path;
export const partName = z.enum(['train', 'val', 'test']);
export type PartName = z.infer<typeof partName>;

export const runStatus = z.enum(['running', 'paused', 'interrupted', 'done', 'failed', 'stopped']);
export type RunStatus = z.infer<typeof runStatus>;

export const classInfo = z.strictObject({ id: count, index: count, name: z.string(), color: z.string() });

export const splitInfo = z.strictObject({
  id: count,
  name: z.string(),
  method: z.string(),
  seed: count,
  train: count,
  val: count,
  test: count,
  createdAt: z.string(),
});
export type SplitInfo = z.infer<typeof splitInfo>;

export const projectInfo = z.strictObject({
  project,
  created: z.boolean(),
  /** Set when the last session ended without closing: crash, kill, power. Nothing released is lost. */
  recovered: z.boolean(),
  /** Runs that were training when their process ended; each can be resumed. */
  interruptedRuns: z.array(count),
  images: z.strictObject({ total: count, labelled: count, unlabelled: count, missing: count }),
  classes: z.array(classInfo),
  split: splitInfo.optional(),
  runs: count,
});
export type ProjectInfo = z.infer<typeof projectInfo>;

export const projectRequests = {
  /** Opens the folder's project; with `create`, makes one where there is none. */
  'project.open': {
    arguments: z.strictObject({ folder: path, create: z.boolean().optional() }),
    result: projectInfo,
  },
  'project.info': { arguments: z.strictObject({ project }), result: projectInfo },
  /**
   * Lets go of it; when no other window has it open, it is closed, and lets the next one in. What trains in it is saved
   * and stopped then, or goes on, where it is told to, and the project is closed after it.
   */
  'project.close': {
    arguments: z.strictObject({ project, trainingGoesOn: z.boolean().optional() }),
    result: z.strictObject({}),
  },
} as const;
