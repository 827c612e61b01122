/**
 * Pauses, resumes or ends a running run from outside. Convention: a request takes effect between two steps; of several
 * requests to end, the first counts.
 */
export class TrainingControl {
  #paused = false;
  #ending: 'stop' | 'abort' | undefined;
  #wake: (() => void) | undefined;

  /** Holds the run before its next step. Its memory stays taken: to free it, stop and resume from the folder later. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake?.();
  }

  /** Ends the run and keeps its best network. */
  stop(): void {
    this.#end('stop');
  }

  /** Abandons the run as a crash would: nothing is finished or written, it resumes from its latest checkpoint. */
  abort(): void {
    this.#end('abort');
  }

  get paused(): boolean {
    return this.#paused && this.#ending === undefined;
  }

  get ending(): 'stop' | 'abort' | undefined {
    return this.#ending;
  }

  /** Resolves when the run may go on or is to end. */
  async whileHeld(): Promise<void> {
    while (this.paused) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #end(ending: 'stop' | 'abort'): void {
    this.#ending ??= ending;
    this.#wake?.();
  }
}
