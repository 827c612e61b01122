/**
 * What is asked of, and known about, whatever computes a network's predictions. Not the choice: that is `open-compute.ts`.
 */
import type { ExecutorChoice } from '../../contract/training.ts';
import type { OpenedCompute } from '../../infer/executor-predictor.ts';
import type { Checkpoint } from '../../network/checkpoint.ts';
import type { ComputeSettings } from '../../compute/executors.ts';

export interface ComputeRequest {
  readonly network: Checkpoint;
  readonly size: { readonly width: number; readonly height: number };
  readonly settings: ComputeSettings;
  /** How many images are to come: a race is worth its second only for many. */
  readonly images: number;
}

export interface ChosenCompute extends OpenedCompute {
  readonly choice: ExecutorChoice;
}
