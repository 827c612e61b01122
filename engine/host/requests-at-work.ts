/**
 * The requests that are being answered, so that a project or the engine can be closed under them: they are told to end,
 * and waited for. Convention: who only waits for a run is not told to end; its run ends, and it says how.
 */
import type { LongWork } from '../contract/progress.ts';
import type { Holder } from './projects/open-projects.ts';

interface Entry {
  /** Of the project that it is about; undefined for those about none. */
  readonly project: string | undefined;
  readonly asker: Holder;
  readonly onlyWaits: boolean;
  readonly abort: AbortController;
  readonly over: Promise<void>;
}

export interface Work {
  /** Tells it to end, and resolves when it has. */
  end(): Promise<void>;
  /** Resolves when those that only wait are answered too. */
  settled(): Promise<void>;
}

export class RequestsAtWork {
  readonly #entries = new Set<Entry>();

  /** Answers a request with a signal that can end it from here too. */
  async answer<Value>(
    { project, asker, onlyWaits }: Pick<Entry, 'project' | 'asker' | 'onlyWaits'>,
    work: LongWork,
    answer: (work: LongWork) => Promise<Value> | Value,
  ): Promise<Value> {
    const abort = new AbortController();
    const over = Promise.withResolvers<undefined>();
    const entry = { project, asker, onlyWaits, abort, over: over.promise };
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
  of({ project, asker }: { readonly project?: string; readonly asker?: Holder } = {}): Work {
    const entries = [...this.#entries].filter(
      (entry) => (project === undefined || entry.project === project) && (asker === undefined || entry.asker === asker),
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
