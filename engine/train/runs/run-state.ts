/**
 * How far a run is, as its `latest` checkpoint carries it beside parameters and moments. All that a resumed run needs.
 * Convention: JSON in the checkpoint's metadata under 'state'; numbers survive exactly.
 */
import { z } from 'zod';
import { TrainingError } from '../train-error.ts';

const bestSchema = z
  .strictObject({
    /** 1-based. */
    epoch: z.number().int(),
    loss: z.number(),
    dice: z.number().optional(),
    iou: z.number().optional(),
    /** The run was stopped inside this epoch. */
    partial: z.boolean().optional(),
  })
  .readonly();

const stateSchema = z
  .strictObject({
    /** Finished ones. */
    epoch: z.number().int().nonnegative(),
    /** Of the optimiser, over all epochs. */
    step: z.number().int().nonnegative(),
    /** Which loss tells the best epoch, and when to lower the rate or end. */
    monitored: z.enum(['validation-loss', 'training-loss']),
    /** The monitored loss of each finished epoch. */
    losses: z.array(z.number()).readonly(),
    best: bestSchema.optional(),
    /** Where a run that goes on from another training's checkpoint took it over. */
    continued: z
      .strictObject({
        /** Finished then. */
        epoch: z.number().int().nonnegative(),
        /** How far its schedule was then; one that was stepped once per epoch says the same. */
        scheduleEpoch: z.number().int().nonnegative(),
      })
      .readonly()
      .optional(),
  })
  .readonly();

export type RunState = z.output<typeof stateSchema>;
export type BestEpoch = z.output<typeof bestSchema>;

/** @param path of the checkpoint, for messages @throws TrainingError 'run-damaged' */
export function parseRunState(text: string | undefined, path: string): RunState {
  let cause: unknown;
  try {
    if (text !== undefined) return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    cause = error;
  }
  throw new TrainingError(
    'run-damaged',
    `${path} does not say how far the run was. Start a new run with this file as its warm start.`,
    { path, cause },
  );
}

/** Whether the run ends for want of improvement. */
export function isExhausted(state: RunState, patience: number | undefined): boolean {
  const since = state.best?.epoch ?? state.continued?.epoch ?? 0;
  return patience !== undefined && state.epoch > 0 && state.epoch - since >= patience;
}

/** How far the schedule is after so many epochs: as many, but in a run that took over another count. */
export function schedulePosition({ continued }: RunState, epoch: number): number {
  return continued === undefined ? epoch : continued.scheduleEpoch + epoch - continued.epoch;
}
