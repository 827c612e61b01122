/**
 * Work that may take longer than a frame, done in slices between which the window answers and draws.
 * Convention: the work is a generator that yields about every 65,536 pixels, which is far below a millisecond. The first
 * slice runs at once, so what is short is done when `start` returns, and what visits fewer pixels always is.
 *
 * Not a Worker: on 4096×4096 pixels finding a region takes 45–140 ms, but writing it into the labels and cutting the
 * change into tiles, which have to be done here, up to 70 more; and image and labels would have to be copied (66 MB).
 *
 * The longest that the window waits, before and after (thread time in ms, RGB, 8 bits): on 4096² fill 79–81 and 4–7, wand
 * 157–174 and 5–7, lasso with its holes 108–132 and 8–9; on 8192² 294–304 and 4–5, 833–1038 and 9–11, 456–472 and 6–9.
 */

/** What has to be done, and what came of it. */
export type Steps<Result = void> = Generator<undefined, Result>;

/** The clock of the slices; tests have their own. */
export interface Pace {
  /** Milliseconds that a slice takes at most, give or take a step. */
  readonly slice: number;
  now(): number;
  /** Calls back in another task, after what the person did meanwhile. */
  later(act: () => void): void;
}

export const windowPace: Pace = {
  slice: 4,
  now: () => performance.now(),
  later: (act) => void setTimeout(act, 0),
};

interface Work {
  readonly steps: Steps<unknown>;
  readonly ended: (result: never) => void;
  readonly dropped: () => void;
}

/** One piece of work at a time. */
export class SlicedWork {
  readonly #pace: Pace;
  readonly #onSlice: () => void;
  #work: Work | undefined;

  /** @param onSlice after every slice but those that `start` and `finish` do */
  constructor(pace: Pace, onSlice: () => void) {
    this.#pace = pace;
    this.#onSlice = onSlice;
  }

  get running(): boolean {
    return this.#work !== undefined;
  }

  /** @param ended may start the next work; it is not called when the work is dropped */
  start<Result>(steps: Steps<Result>, ended: (result: Result) => void, dropped: () => void = () => undefined): void {
    if (this.#work !== undefined) throw new Error('other work is under way');
    const work: Work = { steps, ended, dropped };
    this.#work = work;
    this.#advance(work, this.#pace.slice);
  }

  /** The rest at once, with all that follows from it. */
  finish(): void {
    while (this.#work !== undefined) this.#advance(this.#work, Infinity);
  }

  drop(): void {
    const work = this.#work;
    this.#work = undefined;
    work?.dropped();
  }

  #advance(work: Work, milliseconds: number): void {
    const end = this.#pace.now() + milliseconds;
    do {
      const step = this.#step(work);
      if (step.done !== true) continue;
      this.#work = undefined;
      work.ended(step.value as never);
      return;
    } while (this.#pace.now() < end);
    this.#pace.later(() => {
      if (this.#work !== work) return;
      this.#advance(work, this.#pace.slice);
      this.#onSlice();
    });
  }

  /** What threw is over. */
  #step(work: Work): IteratorResult<undefined, unknown> {
    try {
      return work.steps.next();
    } catch (error) {
      this.drop();
      throw error;
    }
  }
}

/** Between two yields. */
const pixelsPerStep = 65536;

/** Counts what was visited since the last yield. */
export class StepCounter {
  #pixels = 0;

  /** True: it is time to yield. A span costs as much as some pixels, however short it is. */
  due(pixels: number): boolean {
    this.#pixels += pixels + 8;
    if (this.#pixels < pixelsPerStep) return false;
    this.#pixels = 0;
    return true;
  }
}
