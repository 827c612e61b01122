/**
 * The buffers of one run of a training program, and how they are filled from a source. Convention: made once, filled many
 * times; two of them let one be filled while the executor works on the other. A sample in a slot of the executor is not read again.
 */
import type { FloatArray, KeptSamples, RunRequest } from '../program/executor.ts';
import { placementSize } from '../program/operations/sample-placement.ts';
import { augmentationMap, unmoved } from './augmentation.ts';
import type { Augmentation } from './augmentation.ts';
import type { LeftOut, LeftOutReason } from './left-out.ts';
import type { SampleRange, SampleSlots } from './sample-slots.ts';
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
  readonly #capacity: number;
  readonly #takesConstant: boolean;
  readonly #slots: SampleSlots | undefined;
  #taken: Taken[] = [];
  /** How many of them are in no slot yet. */
  #brought = 0;

  /**
   * @param takesConstant whether images of one single color may be in it
   * @param slots of the executor, where it keeps samples; its runs must be begun in the order in which they are filled
   */
  constructor(source: SampleSource, capacity: number, takesConstant: boolean, slots?: SampleSlots) {
    const { width, height } = source.size;
    this.#source = source;
    this.#capacity = capacity;
    this.#takesConstant = takesConstant;
    this.#slots = slots;
    this.#pixelBytes = width * height * source.channels;
    this.#labelBytes = width * height * source.classes;
    this.#samples = new Uint8Array(capacity * this.#pixelBytes);
    this.#labels = new Uint8Array(capacity * this.#labelBytes);
    this.#placement = new Float32Array(capacity * placementSize);
    this.#seed = new Float32Array(capacity);
  }

  /** Samples in it. */
  get count(): number {
    return this.#taken.length;
  }

  /**
   * Takes draws until it is full or there are no more.
   * @param leftOut counts the samples that are passed over
   */
  fill(draws: Iterator<Draw>, leftOut: LeftOut): void {
    this.#taken = [];
    this.#brought = 0;
    while (this.count < this.#capacity) {
      const draw = draws.next();
      if (draw.done === true) break;
      const reason = this.#take(draw.value);
      if (reason !== undefined) leftOut[reason]++;
    }
    // The batch's loss is the mean of its samples'.
    this.#seed.fill(1 / Math.max(1, this.count));
  }

  #take({ sample, augmentation }: Draw): LeftOutReason | undefined {
    const version = this.#source.versionOf(sample);
    if (version === undefined) return 'missing';
    const kept = this.#slots?.find(sample, version);
    const range = kept?.range ?? this.#read(sample);
    if (typeof range === 'string') return range;
    const { width, height } = this.#source.size;
    const placement = [...augmentationMap(augmentation, width, height), range.min, range.max];
    this.#placement.set(placement, this.count * placementSize);
    this.#taken.push({ sample, version, range, slot: kept?.slot });
    if (kept === undefined) this.#brought++;
    return undefined;
  }

  #read(sample: number): SampleRange | LeftOutReason {
    const labels = this.#region(this.#labels, this.#labelBytes);
    const range = this.#source.read(sample, this.#region(this.#samples, this.#pixelBytes), labels);
    if (range === undefined) return 'missing';
    if (!hasLabels(labels)) return 'unlabelled';
    return !this.#takesConstant && range.max <= range.min ? 'constant' : range;
  }

  /** Of the sample that is brought next. */
  #region(buffer: Uint8Array, bytes: number): Uint8Array {
    return buffer.subarray(this.#brought * bytes, (this.#brought + 1) * bytes);
  }

  /** Labels u8 (H, W, K) of one of its samples; only without slots. */
  labelsOf(position: number): Uint8Array {
    return this.#labels.subarray(position * this.#labelBytes, (position + 1) * this.#labelBytes);
  }

  /** What a run takes that is begun now: what it brings is in its slot from then on. */
  request(): Pick<RunRequest, 'count' | 'inputs' | 'kept'> {
    const { count } = this;
    return {
      count,
      inputs: {
        samples: this.#samples.subarray(0, this.#brought * this.#pixelBytes),
        labels: this.#labels.subarray(0, this.#brought * this.#labelBytes),
        placement: this.#placement.subarray(0, count * placementSize),
        seed: this.#seed.subarray(0, count),
      },
      ...(this.#slots !== undefined && { kept: this.#keepIn(this.#slots) }),
    };
  }

  #keepIn(slots: SampleSlots): KeptSamples {
    return {
      slots: this.#taken.map(
        ({ sample, version, range, slot }, position) => slot ?? slots.put(sample, version, range, position),
      ),
      brought: this.#taken.flatMap(({ slot }, position) => (slot === undefined ? [position] : [])),
    };
  }
}

interface Taken {
  readonly sample: number;
  readonly version: string;
  readonly range: SampleRange;
  /** Undefined where it is brought. */
  readonly slot: number | undefined;
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
