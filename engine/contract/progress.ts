/**
 * How long work tells how far it is. Convention: `value` runs from 0 to 1; `secondsLeft` is absent until measured.
 */
export interface Progress {
  readonly kind: string;
  readonly value: number;
  readonly done?: number;
  readonly total?: number;
  readonly text?: string;
  readonly secondsLeft?: number;
}

export type ReportProgress = (progress: Progress) => void;

/** What every long verb takes as its last argument. */
export interface LongWork {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}
