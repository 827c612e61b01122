/**
 * The events of a run. Convention: plain JSON, so that they cross processes; what an event says is in the run's folder
 * already.
 */
import type { EpochMetrics } from '../store/types.ts';
import type { BestEpoch, RunState } from './runs/run-state.ts';

/** 'interrupted': abandoned, to be resumed; 'stopped': ended by its user, the best is kept. Both can be resumed. */
export type RunEnd = 'done' | 'stopped' | 'interrupted' | 'failed';

export interface RunOutcome {
  readonly status: RunEnd;
  /** In words, for people; with advice where something went wrong. */
  readonly reason: string;
  /** For 'failed': the code of the error. */
  readonly code?: string | undefined;
  /** Finished epochs. */
  readonly epoch: number;
  readonly best: BestEpoch | undefined;
}

export type TrainingEvent =
  | {
      readonly kind: 'started';
      /** The first to be done now, 1-based. */
      readonly epoch: number;
      readonly epochs: number;
      readonly trainingSamples: number;
      /** With labelled pixels. */
      readonly validationSamples: number;
      readonly monitored: RunState['monitored'];
      readonly executor: string;
      readonly resumed: boolean;
    }
  /** Something that its user should know, and that does not stop the run. */
  | { readonly kind: 'notice'; readonly code: string; readonly text: string }
  /** The run has gone on after trouble with its graphics card: on the same card, or without it on the processor. */
  | {
      readonly kind: 'gpu-trouble';
      readonly code: 'gpu-opened-again' | 'gpu-given-up';
      /** After which it went on; 0 for its beginning. */
      readonly epoch: number;
      readonly error: { readonly code: string; readonly message: string };
    }
  | {
      readonly kind: 'step';
      readonly epoch: number;
      /** Within the epoch, 1-based. */
      readonly step: number;
      /** Of this epoch, as far as known. */
      readonly steps: number;
      /** Mean over the step's samples. */
      readonly loss: number;
      readonly imagesPerSecond: number;
      /** To the end of the run, as measured. */
      readonly secondsLeft: number;
    }
  | {
      readonly kind: 'epoch';
      readonly metrics: EpochMetrics;
      /** Whether it is the best so far. */
      readonly improved: boolean;
      readonly best: BestEpoch | undefined;
      readonly secondsLeft: number;
    }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  | ({ readonly kind: 'finished' } & RunOutcome);

export type ReportTraining = (event: TrainingEvent) => void;
