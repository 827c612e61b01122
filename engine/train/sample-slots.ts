/**
 * Which slot of the executor holds which sample, so that a run brings only samples that are in none. Moves no data.
 * Convention: what came first stays; when slots run short, the last of them are filled anew by every run. A sample whose
 * content has changed counts as in no slot.
 */

interface KeptSample {
  readonly slot: number;
  readonly version: string;
  readonly range: SampleRange;
}

/** Smallest and largest value of a sample's pixels. */
export interface SampleRange {
  readonly min: number;
  readonly max: number;
}

export class SampleSlots {
  readonly #kept = new Map<number, KeptSample>();
  /** How many are for samples that stay; behind them are those of a single run. */
  readonly #count: number;
  readonly #free: number[] = [];
  #taken = 0;

  /** @param keeps slots of the session @param batch the most samples of a run */
  constructor(keeps: number, batch: number) {
    this.#count = Math.max(0, keeps - batch);
  }

  /** @returns its slot, if that holds it as it is now; undefined when it has to be brought */
  find(sample: number, version: string): Omit<KeptSample, 'version'> | undefined {
    const known = this.#kept.get(sample);
    return known?.version === version ? known : undefined;
  }

  /** A sample is being brought. @param position in its run @returns its slot */
  put(sample: number, version: string, range: SampleRange, position: number): number {
    const slot = this.#kept.get(sample)?.slot ?? this.#newSlot();
    if (slot === undefined) return this.#count + position;
    this.#kept.set(sample, { slot, version, range });
    return slot;
  }

  #newSlot(): number | undefined {
    return this.#free.pop() ?? (this.#taken < this.#count ? this.#taken++ : undefined);
  }

  /** Frees the slots of all others. */
  retain(samples: ReadonlySet<number>): void {
    for (const [sample, { slot }] of this.#kept) {
      if (samples.has(sample)) continue;
      this.#kept.delete(sample);
      this.#free.push(slot);
    }
  }
}
