/**
 * Images of the network's size in, probabilities out, whatever computes them. Decodes and resizes nothing.
 * Convention: images are given one by one, by as many callers as like; what waits is computed together, up to a batch, as
 * soon as the batch before is done. Results keep the order of the calls.
 */

/** As `prepareInput` makes it. */
export interface NetworkInput {
  /** u8 (H, W, C). */
  readonly pixels: Uint8Array;
  readonly min: number;
  readonly max: number;
}

/** Computes a batch. @returns (H, W, K) for each input */
export type ComputeBatch = (inputs: readonly NetworkInput[]) => Promise<readonly Float32Array[]>;

interface Waiting {
  readonly input: NetworkInput;
  readonly settle: (probabilities: Float32Array) => void;
  readonly fail: (error: unknown) => void;
}

export class BatchingPredictor {
  readonly #compute: ComputeBatch;
  readonly #batch: number;
  readonly #waiting: Waiting[] = [];
  #busy = false;

  constructor(compute: ComputeBatch, batch: number) {
    this.#compute = compute;
    this.#batch = batch;
  }

  /** @returns probabilities (H, W, K) */
  predict(input: NetworkInput): Promise<Float32Array> {
    return new Promise((settle, fail) => {
      this.#waiting.push({ input, settle, fail });
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const taken = this.#waiting.splice(0, this.#batch);
      try {
        const results = await this.#compute(taken.map(({ input }) => input));
        for (const [at, { settle }] of taken.entries()) settle(results[at]!);
      } catch (error) {
        for (const { fail } of taken) fail(error);
      }
    }
    this.#busy = false;
  }
}
