/**
 * How far a training was that PyTorch saved, in our words: what of its optimiser and schedule is not a tensor. Not how our
 * own runs keep it (`train/run-state.ts`). Convention: JSON in a checkpoint's metadata under 'training'; either all that
 * going on needs, or why that is not possible.
 */
import { z } from 'zod';
import { optimiserSettings } from '../recipe.ts';

const count = z.number().int().nonnegative();

const schedule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  z.strictObject({ kind: z.literal('cosine'), period: z.number(), lowest: z.number() }),
  z.strictObject({ kind: z.literal('step'), period: z.number(), factor: z.number() }),
  z.strictObject({
    kind: z.literal('plateau'),
    factor: z.number(),
    patience: z.number(),
    threshold: z.number(),
    cooldown: z.number(),
    lowest: z.number(),
  }),
  /** One that we have not: its user must choose. */
  z.strictObject({ kind: z.literal('unknown'), name: z.string() }),
]);

export const trainingRecord = z.union([
  z.strictObject({
    /** Finished ones. */
    epoch: count,
    /** Of the optimiser. */
    step: count,
    optimiser: optimiserSettings,
    /** Files from before PyTorch 2.7 do not tell Adam from AdamW: taken for the reference's AdamW. */
    assumedAdamW: z.boolean(),
    /** The rate that the schedule starts from. */
    learningRate: z.number(),
    /** The rate that the next epoch would have had. */
    nextRate: z.number(),
    schedule,
    /** How often the schedule had been stepped. */
    scheduleEpoch: count,
    /** The losses that the schedule knows: as many as bring 'plateau' to where it was. */
    losses: z.array(z.number()),
  }),
  z.strictObject({ problem: z.string() }),
]);

export type TrainingRecord = z.infer<typeof trainingRecord>;
export type TrainingPosition = Exclude<TrainingRecord, { problem: string }>;
