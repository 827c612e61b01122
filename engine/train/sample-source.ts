/**
 * Where a run's samples come from. Neither orders nor augments them.
 * Convention: samples are named by the ids of their images. The training part is asked for anew each epoch and each
 * sample is read when its turn comes, so it may grow while somebody paints; the validation part never changes.
 */
import type { SampleCache } from '../dataset/samples/sample-cache.ts';
import type { SampleRange } from './sample-slots.ts';

export interface SampleSource {
  readonly size: { readonly width: number; readonly height: number };
  readonly channels: 1 | 3;
  /** K. */
  readonly classes: number;
  /** As it is now. */
  training(): readonly number[];
  readonly validation: readonly number[];
  /** Of a sample as it is now: another content has another one. Undefined when there is no such sample (any more). */
  versionOf(sample: number): string | undefined;
  /**
   * Reads a sample as it is now.
   *
   * @param pixels filled with u8 (H, W, C)
   * @param labels filled with u8 (H, W, K): shares 0..254, 255 unlabelled
   * @returns smallest and largest value of `pixels`; undefined when there is no such sample (any more)
   */
  read(sample: number, pixels: Uint8Array, labels: Uint8Array): SampleRange | undefined;
}

/** Samples that `prepareSamples` has made. */
export class CachedSamples implements SampleSource {
  readonly size: { readonly width: number; readonly height: number };
  readonly channels: 1 | 3;
  readonly classes: number;
  readonly validation: readonly number[];
  readonly #cache: SampleCache;
  #training: readonly number[];

  constructor(
    cache: SampleCache,
    parts: { readonly training: readonly number[]; readonly validation: readonly number[] },
  ) {
    this.size = cache.size;
    this.channels = cache.channels;
    this.classes = cache.classes;
    this.#cache = cache;
    this.#training = [...parts.training];
    this.validation = [...parts.validation];
  }

  training(): readonly number[] {
    return this.#training;
  }

  /**
   * Takes in what was prepared since, and another training part. Safe between two steps of a running run.
   * @throws SampleError as `SampleCache.refresh`
   */
  update(training: readonly number[] = this.#training): void {
    this.#cache.refresh();
    this.#training = [...training];
  }

  versionOf(sample: number): string | undefined {
    const index = this.#cache.indexOf(sample);
    return index === undefined ? undefined : this.#cache.versionOf(index);
  }

  read(sample: number, pixels: Uint8Array, labels: Uint8Array): SampleRange | undefined {
    const index = this.#cache.indexOf(sample);
    return index === undefined ? undefined : this.#cache.read(index, pixels, labels);
  }
}
