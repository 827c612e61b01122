/**
 * Which samples lie with the executor, and where, so that a run brings only those that do not. Moves nothing itself.
 * Convention: what came first stays; when places run short, the last of them are taken anew by every run. A sample whose
 * content has changed counts as one that does not lie there.
 */

interface KeptSample {
  readonly place: number;
  readonly version: string;
  readonly range: SampleRange;
}

/** Smallest and largest value of a sample's pixels. */
export interface SampleRange {
  readonly min: number;
  readonly max: number;
}

export class SampleShelf {
  readonly #kept = new Map<number, KeptSample>();
  /** Of samples that stay; behind them are those of a single run. */
  readonly #places: number;
  readonly #free: number[] = [];
  #taken = 0;

  /** @param keeps places of the session @param batch the most samples of a run */
  constructor(keeps: number, batch: number) {
    this.#places = Math.max(0, keeps - batch);
  }

  /** @returns where it lies, as it is now; undefined when it has to be brought */
  find(sample: number, version: string): Omit<KeptSample, 'version'> | undefined {
    const known = this.#kept.get(sample);
    return known?.version === version ? known : undefined;
  }

  /** A sample is being brought. @param position in its run @returns the place for it */
  put(sample: number, version: string, range: SampleRange, position: number): number {
    const place = this.#kept.get(sample)?.place ?? this.#newPlace();
    if (place === undefined) return this.#places + position;
    this.#kept.set(sample, { place, version, range });
    return place;
  }

  #newPlace(): number | undefined {
    return this.#free.pop() ?? (this.#taken < this.#places ? this.#taken++ : undefined);
  }

  /** Gives the places of all others free. */
  retain(samples: ReadonlySet<number>): void {
    for (const [sample, { place }] of this.#kept) {
      if (samples.has(sample)) continue;
      this.#kept.delete(sample);
      this.#free.push(place);
    }
  }
}
