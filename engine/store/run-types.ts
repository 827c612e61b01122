/**
 * Splits and training runs, and the verbs on them. Types only; part of types.ts, import them from there.
 * Convention: images, splits and runs are named by their ids; settings are objects that JSON can hold.
 */
import type { PartName, RunStatus } from '../contract/project.ts';
import type { EpochInfo } from '../contract/training.ts';
import type { JsonObject } from '../contract/values.ts';
import type { ClassRecord } from './class-types.ts';

export type { PartName, RunStatus };
export type SplitParts = Readonly<Record<PartName, readonly number[]>>;

export interface SplitRecord {
  readonly id: number;
  readonly name: string;
  readonly seed: number;
  /** How it was made: 'share', 'count', 'list' … */
  readonly method: string;
  /** Image ids, in the order given; images removed since are left out. */
  readonly parts: SplitParts;
  readonly settings: JsonObject;
  readonly createdAt: string;
}

/** No image in two parts; settings are anything that JSON can hold. */
export type NewSplit = Omit<SplitRecord, 'id' | 'settings' | 'createdAt'> & { readonly settings?: object | undefined };

/** Errors: `split-unknown`, `split-invalid`. */
export interface SplitStore {
  /** Also makes it the current one. */
  create(split: NewSplit): SplitRecord;
  current(): SplitRecord | undefined;
  /** Of the current split, every image that is in it. */
  currentParts(): ReadonlyMap<number, PartName>;
  /** The same for one image, without reading the whole split. */
  currentPartOf(imageId: number): PartName | undefined;
  get(id: number): SplitRecord | undefined;
  /** Oldest first. */
  all(): SplitRecord[];
}

export interface NewRun {
  readonly name?: string | undefined;
  readonly splitId: number;
  readonly seed: number;
  readonly executor: string;
  /** The network's configuration and the run's settings; anything that JSON can hold. */
  readonly network: object;
  readonly settings: object;
}

export interface RunRecord {
  readonly id: number;
  readonly name: string;
  readonly splitId: number;
  readonly seed: number;
  readonly executor: string;
  readonly network: JsonObject;
  readonly settings: JsonObject;
  /** The classes when the run began: what output channel i meant, whatever is reordered later. */
  readonly classes: readonly ClassRecord[];
  readonly status: RunStatus;
  /** For 'failed' and 'stopped': what happened, in words. */
  readonly message: string | undefined;
  /** Of the message, for machines; undefined where an older version wrote it. */
  readonly code: string | undefined;
  readonly bestEpoch: number | undefined;
  /** Relative to the project folder, POSIX slashes. */
  readonly bestFile: string | undefined;
  readonly latestFile: string | undefined;
  readonly createdAt: string;
  /** When the status was last something other than 'running'; undefined while it runs. */
  readonly endedAt: string | undefined;
}

export interface RunChange {
  readonly name?: string;
  readonly executor?: string;
  readonly settings?: object;
  readonly status?: RunStatus;
  readonly message?: string | undefined;
  /** Of the message, with which it is set. */
  readonly code?: string | undefined;
  readonly bestEpoch?: number | undefined;
  /** Relative to the project folder, or absolute inside it. */
  readonly bestFile?: string | undefined;
  readonly latestFile?: string | undefined;
}

/** One epoch, 1-based. What was not measured is absent; NaN and infinities are kept as absent too. */
export type EpochMetrics = Readonly<EpochInfo>;

/** Errors: `run-unknown`, `run-invalid`, `split-unknown`. */
export interface RunStore {
  /** Status 'running' from the start. */
  create(run: NewRun): RunRecord;
  update(id: number, change: RunChange): RunRecord;
  /** An epoch that was done before (a resumed run) replaces the old one. */
  addEpoch(id: number, metrics: EpochMetrics): void;
  epochs(id: number): EpochMetrics[];
  get(id: number): RunRecord | undefined;
  /** Oldest first. */
  all(): RunRecord[];
  latest(): RunRecord | undefined;
  /** Turns every 'running' run into 'interrupted'. Called when a project is opened: nobody else can be running it. */
  interruptOrphans(): RunRecord[];
}
