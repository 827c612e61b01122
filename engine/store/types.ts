/**
 * What the project store keeps and does: records in, records out. No SQL here.
 * Conventions: an image is named by its id, a class by its stable id; a label map is a Uint8Array (H, W), row-major, one
 * class *index* per pixel in the current order of the classes: 0 background, 1..K, 255 unlabelled.
 */

import type { ClassStore } from './class-types.ts';
import type { ImageStore } from './image-types.ts';
import type { LabelStore } from './label-types.ts';
import type { RunRecord, RunStore, SplitStore } from './run-types.ts';

export type * from './class-types.ts';
export type * from './image-types.ts';
export type * from './label-types.ts';
export type * from './run-types.ts';

/** Who holds, or held, a project open. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
}

/** What happened on opening. */
export interface Opening {
  readonly created: boolean;
  /** The session before this one ended without closing (crash, kill, power); nothing released is lost. */
  readonly unclosedBy: LockHolder | undefined;
  readonly interruptedRuns: readonly RunRecord[];
}

export interface ProjectStore {
  /** Absolute. */
  readonly folder: string;
  /** `<folder>/.mambrush/cache`, which is present. */
  readonly cacheFolder: string;
  readonly opening: Opening;
  readonly images: ImageStore;
  readonly classes: ClassStore;
  readonly labels: LabelStore;
  readonly splits: SplitStore;
  readonly runs: RunStore;
  /** The absolute path of a file by its path in the project; never outside the folder (`image-path-invalid`). */
  fileOf(relativePath: string): string;
  /** `<folder>/.mambrush/runs/<id>`, created when it is not there. */
  runFolder(runId: number): string;
  /** Lets the next one in. Twice is once. Every call afterwards fails with `project-closed`. */
  close(): void;
}
