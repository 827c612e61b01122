/**
 * What the engine and its trainer tell each other over their channel. Not how a trainer reaches a graphics card elsewhere:
 * that is `gpu-relay.ts`. Convention: plain values; pixels never cross, the trainer reads them from the prepared samples.
 */
import type { ErrorValue } from '../../contract/error-value.ts';
import type { ComputeSettings } from '../../contract/training.ts';
import type { ResumeRequest } from '../../train/runs/start-run.ts';
import type { RunOutcome, TrainingEvent } from '../../train/training-event.ts';
import type { RunSpecInput } from '../../train/runs/run-spec.ts';

export interface TrainerJob {
  readonly folder: string;
  /** A new run; undefined: go on with the one in the folder. */
  readonly spec?: RunSpecInput;
  readonly changes?: NonNullable<ResumeRequest['changes']>;
  readonly expectedClasses: readonly { readonly name: string }[];
  /** Absolute. */
  readonly cacheFolder: string;
  readonly compute: ComputeSettings;
}

export type TrainerOrder =
  { readonly kind: 'begin'; readonly job: TrainerJob } | { readonly kind: 'pause' | 'resume' | 'stop' | 'abort' };

export type TrainerReport =
  | { readonly kind: 'event'; readonly event: TrainingEvent }
  | { readonly kind: 'ended'; readonly outcome: RunOutcome }
  /** Nothing was begun. */
  | { readonly kind: 'refused'; readonly error: ErrorValue };
