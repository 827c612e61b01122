/**
 * A source of small generated samples: a bright disc on a dark, noisy ground, labelled. Not a test.
 * Convention: sample n is the same in every process; what differs from the plain disc is said by `Trait`.
 */
import { Random } from '../../engine/random.ts';
import type { SampleSource } from '../../engine/train/sample-source.ts';

export type Trait = 'disc' | 'unlabelled' | 'half-labelled' | 'empty' | 'constant';

export interface DiscOptions {
  readonly training: readonly number[];
  readonly validation: readonly number[];
  readonly traits?: Readonly<Record<number, Trait>>;
  readonly classes?: number;
  readonly side?: number;
}

export class DiscSamples implements SampleSource {
  readonly size: { readonly width: number; readonly height: number };
  readonly channels = 3;
  readonly classes: number;
  readonly validation: readonly number[];
  #training: readonly number[];
  readonly #traits: Readonly<Record<number, Trait>>;
  readonly #versions = new Map<number, number>();

  constructor(options: DiscOptions) {
    const side = options.side ?? 32;
    this.size = { width: side, height: side };
    this.classes = options.classes ?? 1;
    this.#training = options.training;
    this.validation = options.validation;
    this.#traits = options.traits ?? {};
  }

  training(): readonly number[] {
    return this.#training;
  }

  /** Another disc from now on. */
  change(sample: number): void {
    this.#versions.set(sample, (this.#versions.get(sample) ?? 0) + 1);
  }

  setTraining(samples: readonly number[]): void {
    this.#training = samples;
  }

  versionOf(sample: number): string | undefined {
    return sample < 0 ? undefined : `${sample} ${this.#versions.get(sample) ?? 0}`;
  }

  read(sample: number, pixels: Uint8Array, labels: Uint8Array): { min: number; max: number } | undefined {
    if (sample < 0) return undefined;
    const trait = this.#traits[sample] ?? 'disc';
    const random = new Random(sample + 1000 * (this.#versions.get(sample) ?? 0));
    const side = this.size.width;
    const radius = side * (0.15 + 0.15 * random.uniform());
    const [x, y] = [side * (0.3 + 0.4 * random.uniform()), side * (0.3 + 0.4 * random.uniform())];
    const kind = random.integer(this.classes);
    const { classes } = this;
    for (let pixel = 0; pixel < side * side; pixel++) {
      const column = pixel % side;
      const row = Math.floor(pixel / side);
      const inside = trait !== 'empty' && Math.hypot(column - x, row - y) < radius;
      for (let c = 0; c < 3; c++) {
        const value = (inside ? 150 + 50 * Number(c === kind) : 40) + random.integer(40);
        pixels[3 * pixel + c] = trait === 'constant' ? 77 : value;
      }
      const hidden = trait === 'unlabelled' || (trait === 'half-labelled' && column < side / 2);
      for (let k = 0; k < classes; k++) labels[classes * pixel + k] = hidden ? 255 : inside && k === kind ? 254 : 0;
    }
    const sorted = pixels.toSorted();
    return { min: sorted[0]!, max: sorted.at(-1)! };
  }
}
