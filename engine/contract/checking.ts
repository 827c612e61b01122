/**
 * Requests about this machine: what it offers, and whether it computes rightly.
 * Convention: an error is held against its own tolerance, named by the tensor; passing means all are within.
 */
import { z } from 'zod';
import { errorValue } from './error-value.ts';
import { fallback } from './fallback.ts';
import { computeSettings } from './training.ts';
import { count, path, positive } from './values.ts';

const groupName = z.enum(['outputs', 'activations', 'gradients', 'losses', 'parameters']);

/** The worst of one group of values: by error over tolerance. */
const groupCheck = z.strictObject({
  group: groupName,
  tensor: z.string(),
  /** Null where it is no number or infinite: as wrong as can be. */
  error: z.number().nullable(),
  tolerance: z.number(),
  passed: z.boolean(),
  compared: count,
});

export const verifyReport = z.strictObject({
  executor: z.string(),
  instructionSet: z.string().optional(),
  passed: z.boolean(),
  files: z.array(
    z.strictObject({
      path,
      passed: z.boolean(),
      /** Set when the file could not be checked at all. */
      error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
      groups: z.array(groupCheck),
    }),
  ),
  seconds: z.number(),
});
export type VerifyReport = z.infer<typeof verifyReport>;

const executorReport = z.strictObject({
  name: z.string(),
  available: z.boolean(),
  description: z.string(),
  /** Why it is not available, and what to do. */
  reason: z.string().optional(),
  instructionSets: z.array(z.string()),
  selfCheck: z
    .array(
      z.strictObject({
        instructionSet: z.string().optional(),
        passed: z.boolean(),
        /** The worst error over its tolerance. */
        worst: z.number().nullable(),
        tensor: z.string().optional(),
        seconds: z.number(),
      }),
    )
    .optional(),
});

export const doctorReport = z.strictObject({
  mambrush: z.string(),
  node: z.string(),
  system: z.string(),
  processor: z.string(),
  cores: positive,
  memory: z.strictObject({ total: z.number(), free: z.number() }),
  /** Free bytes where the user stands, where the system tells. */
  disk: z.strictObject({ folder: z.string(), free: z.number() }).optional(),
  versions: z.record(z.string(), z.string()),
  executors: z.array(executorReport),
  /** What 'auto' would take. */
  chosen: z.strictObject({
    executor: z.string(),
    fallback: fallback.optional(),
    /** Where it is 'none': nothing here computes rightly. */
    error: errorValue.optional(),
  }),
  passed: z.boolean(),
});
export type DoctorReport = z.infer<typeof doctorReport>;

export const checkingRequests = {
  /** Holds an executor against golden files. */
  verify: {
    arguments: z.strictObject({ files: z.array(path).min(1), compute: computeSettings.optional() }),
    result: verifyReport,
  },
  doctor: { arguments: z.strictObject({ folder: path.optional() }), result: doctorReport },
} as const;
