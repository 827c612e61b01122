/**
 * What can be wrong with a training run: its settings, its folder, what it starts from, its numbers. Not for images,
 * samples or checkpoint files: those have errors of their own. Convention: `path` is the run's folder or a checkpoint.
 */
import { MambrushError } from '../contract/error.ts';
import type { ErrorsOf } from '../contract/error.ts';

type TrainingErrorCode =
  | 'training-settings'
  | 'run-exists'
  | 'run-missing'
  | 'run-damaged'
  | 'run-mismatch'
  | 'warm-start-mismatch'
  | 'nothing-to-learn'
  | 'training-diverged';

export class TrainingError extends (MambrushError as ErrorsOf<TrainingErrorCode>) {}
