/**
 * Ctrl+C: the first asks the work to end well, the second ends it. Not signals from the system's shutdown, which count as
 * the first. Convention: whoever takes the first interrupt over says how the user can go on.
 */

export class Interrupts {
  readonly #abort = new AbortController();
  #onFirst: (() => void) | undefined;
  #count = 0;
  readonly #say: (text: string) => void;
  readonly #listener = (): void => this.#interrupt();
  static readonly #signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

  /** @param say tells the user what an interrupt does */
  constructor(say: (text: string) => void) {
    this.#say = say;
    for (const signal of Interrupts.#signals) process.on(signal, this.#listener);
  }

  /** Aborted by the first interrupt, or by the second where the first is taken over. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get happened(): boolean {
    return this.#count > 0;
  }

  /** While `work` runs, the first interrupt calls `onFirst` instead of aborting. */
  async during<Value>(onFirst: () => void, work: () => Promise<Value>): Promise<Value> {
    this.#onFirst = onFirst;
    try {
      return await work();
    } finally {
      this.#onFirst = undefined;
    }
  }

  dispose(): void {
    for (const signal of Interrupts.#signals) process.off(signal, this.#listener);
  }

  #interrupt(): void {
    this.#count++;
    if (this.#onFirst !== undefined && this.#count === 1) {
      this.#onFirst();
      return;
    }
    if (this.#abort.signal.aborted) {
      // Asked to stop and asked again: what is written is whole at any moment, so ending here loses nothing finished.
      process.exit(130);
    }
    this.#say('Stopping … (press Ctrl+C again to end at once)');
    this.#abort.abort();
  }
}
