/**
 * The buffers of one run of a training program, and how they are filled from a source. Convention: made once, filled many
 * times; two of them let one be filled while the executor works on the other.
 */
import type { FloatArray, RunRequest } from '../program/executor.ts';
import { placementSize } from '../program/operations/sample-placement.ts';
import { augmentationMap, unmoved } from './augmentation.ts';
import type { Augmentation } from './augmentation.ts';
import type { LeftOut, LeftOutReason } from './left-out.ts';
import type { SampleSource } from './sample-source.ts';

const unlabelled = 255;

/** Whether any pixel is labelled in labels u8 (H, W, K). */
export function hasLabels(labels: Uint8Array): boolean {
  return labels.some((value) => value !== unlabelled);
}

export interface Draw {
  readonly sample: number;
  readonly augmentation: Augmentation;
}

export class SampleBatch {
  readonly #source: SampleSource;
  readonly #pixelBytes: number;
  readonly #labelBytes: number;
  readonly #samples: Uint8Array;
  readonly #labels: Uint8Array;
  readonly #placement: Float32Array;
  readonly #seed: Float32Array;
  #count = 0;
  readonly #capacity: number;
  readonly #takesConstant: boolean;

  /** @param takesConstant whether images of one single colour may be in it */
  constructor(source: SampleSource, capacity: number, takesConstant: boolean) {
    const { width, height } = source.size;
    this.#source = source;
    this.#capacity = capacity;
    this.#takesConstant = takesConstant;
    this.#pixelBytes = width * height * source.channels;
    this.#labelBytes = width * height * source.classes;
    this.#samples = new Uint8Array(capacity * this.#pixelBytes);
    this.#labels = new Uint8Array(capacity * this.#labelBytes);
    this.#placement = new Float32Array(capacity * placementSize);
    this.#seed = new Float32Array(capacity);
  }

  /** Samples in it. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes draws until it is full or there are no more.
   * @param leftOut counts the samples that are passed over
   */
  fill(draws: Iterator<Draw>, leftOut: LeftOut): void {
    this.#count = 0;
    while (this.#count < this.#capacity) {
      const draw = draws.next();
      if (draw.done === true) break;
      const reason = this.#take(draw.value);
      if (reason === undefined) this.#count++;
      else leftOut[reason]++;
    }
    // The batch's loss is the mean of its samples'.
    this.#seed.fill(1 / Math.max(1, this.#count));
  }

  #take({ sample, augmentation }: Draw): LeftOutReason | undefined {
    const labels = this.#slot(this.#labels, this.#labelBytes);
    const range = this.#source.read(sample, this.#slot(this.#samples, this.#pixelBytes), labels);
    if (range === undefined) return 'missing';
    if (!hasLabels(labels)) return 'unlabelled';
    if (!this.#takesConstant && range.max <= range.min) return 'constant';
    const { width, height } = this.#source.size;
    this.#placement.set(
      [...augmentationMap(augmentation, width, height), range.min, range.max],
      this.#count * placementSize,
    );
    return undefined;
  }

  #slot(buffer: Uint8Array, bytes: number): Uint8Array {
    return buffer.subarray(this.#count * bytes, (this.#count + 1) * bytes);
  }

  /** Labels u8 (H, W, K) of one of its samples. */
  labelsOf(position: number): Uint8Array {
    return this.#labels.subarray(position * this.#labelBytes, (position + 1) * this.#labelBytes);
  }

  /** Count and inputs of a run. */
  request(): Pick<RunRequest, 'count' | 'inputs'> {
    const count = this.#count;
    return {
      count,
      inputs: {
        samples: this.#samples.subarray(0, count * this.#pixelBytes),
        labels: this.#labels.subarray(0, count * this.#labelBytes),
        placement: this.#placement.subarray(0, count * placementSize),
        seed: this.#seed.subarray(0, count),
      },
    };
  }
}

/** The sum of the samples' losses in a run's outputs. */
export function lossSum(outputs: Readonly<Record<string, FloatArray>>): number {
  let sum = 0;
  for (const loss of outputs['loss'] ?? []) sum += loss;
  return sum;
}

/** One is filled while the executor works on the other. */
export type BatchPair = readonly [SampleBatch, SampleBatch];

/** Samples as they are, in order. */
export function* plainDraws(samples: readonly number[]): Generator<Draw, undefined> {
  for (const sample of samples) yield { sample, augmentation: unmoved };
}
