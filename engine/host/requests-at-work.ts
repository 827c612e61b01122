/**
 * The requests that are being answered, so that a project or the engine can be closed while there are some: they are
 * aborted and waited for. Convention: a request that only waits for a run is not aborted; it is answered when the run ends.
 */
import type { LongWork } from '../contract/progress.ts';
import type { Holder } from './projects/open-projects.ts';

interface Entry {
  /** Of the project that it is about; undefined for those about none. */
  readonly project: string | undefined;
  readonly holder: Holder;
  readonly onlyWaits: boolean;
  readonly abort: AbortController;
  readonly over: Promise<void>;
}

export interface Work {
  /** Aborts it, and resolves when it has ended. */
  end(): Promise<void>;
  /** Resolves when those that only wait are answered too. */
  settled(): Promise<void>;
}

export class RequestsAtWork {
  readonly #entries = new Set<Entry>();

  /** Answers a request with a signal that can end it from here too. */
  async answer<Value>(
    { project, holder, onlyWaits }: Pick<Entry, 'project' | 'holder' | 'onlyWaits'>,
    work: LongWork,
    answer: (work: LongWork) => Promise<Value> | Value,
  ): Promise<Value> {
    const abort = new AbortController();
    const over = Promise.withResolvers<undefined>();
    const entry = { project, holder, onlyWaits, abort, over: over.promise };
    const signal = work.signal === undefined ? abort.signal : AbortSignal.any([work.signal, abort.signal]);
    this.#entries.add(entry);
    try {
      return await answer({ ...work, signal });
    } finally {
      this.#entries.delete(entry);
      over.resolve(undefined);
    }
  }

  /** Those about a project, or by somebody, or all, as they are now: who comes later is not among them. */
  of({ project, holder }: { readonly project?: string; readonly holder?: Holder } = {}): Work {
    const entries = [...this.#entries].filter(
      (entry) =>
        (project === undefined || entry.project === project) && (holder === undefined || entry.holder === holder),
    );
    const settled = async (some: readonly Entry[]): Promise<void> => {
      await Promise.all(some.map(({ over }) => over));
    };
    return {
      end: async () => {
        const working = entries.filter(({ onlyWaits }) => !onlyWaits);
        for (const { abort } of working) abort.abort();
        await settled(working);
      },
      settled: () => settled(entries),
    };
  }
}
