/**
 * Resizes pixels with an antialiased triangle filter, value for value as PIL's `Image.resize(size, BILINEAR)` does
 * (columns first, rounded to integers, then rows). Not for label maps of classes: those take the nearest.
 * Convention: works row by row, so a source may come in bands, and no second full-size copy is made.
 * Tried: sharp's `kernel: 'linear'` differs from PIL by up to 10 grey levels when shrinking (it box-shrinks first) and by
 * up to 68 when enlarging, on real images; the reference's checkpoints were trained on PIL's values, this gives the same.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Pixels, Size } from './pixels.ts';

/** PIL's fixed point for 8-bit samples: 32 − 8 − 2 bits of fraction. */
const FRACTION_BITS = 22;
const HALF = 1 << (FRACTION_BITS - 1);

/** So many source samples are resized before other work of the process gets its turn: about 10 ms. */
const SAMPLES_PER_BAND = 1_000_000;

export interface Taps {
  /** First source index of each output index. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `stride` weights for each output index; in fixed point for 8-bit samples. */
  readonly weights: Float64Array | Int32Array;
  readonly stride: number;
}

/** The weights of the triangle filter from `from` to `to` samples, `max(1, from / to)` wide to each side. */
export function triangleTaps(from: number, to: number, bits: 8 | 16): Taps {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const stride = Math.ceil(reach) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = bits === 8 ? new Int32Array(to * stride) : new Float64Array(to * stride);
  const exact = new Float64Array(stride);
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    let sum = 0;
    for (let tap = 0; tap < end - begin; tap++) {
      exact[tap] = Math.max(0, 1 - Math.abs((begin + tap - center + 0.5) / reach));
      sum += exact[tap]!;
    }
    for (let tap = 0; tap < end - begin; tap++) {
      const weight = exact[tap]! / sum;
      weights[out * stride + tap] = bits === 8 ? Math.trunc(weight * (1 << FRACTION_BITS) + 0.5) : weight;
    }
    first[out] = begin;
    count[out] = end - begin;
  }
  return { first, count, weights, stride };
}

/** The most outputs that any one source row contributes to. */
function mostOpenAtOnce({ first, count }: Taps): number {
  let most = 1;
  let oldest = 0;
  for (let out = 0; out < first.length; out++) {
    while (first[oldest]! + count[oldest]! <= first[out]!) oldest++;
    most = Math.max(most, out - oldest + 1);
  }
  return most;
}

type PixelShape = Omit<Pixels, 'data'> & { readonly bits: 8 | 16 };

/** Takes source rows from top to bottom; holds no more of them than one, and the few output rows that are not done. */
export class TriangleResizer {
  readonly #from: PixelShape;
  readonly #toHeight: number;
  readonly #across: Taps;
  readonly #down: Taps;
  /** One source row, resized across: (to.width, channels). */
  readonly #row: Int32Array;
  /** A ring of `#open` output rows not yet complete. */
  readonly #sums: Int32Array | Float64Array;
  readonly #open: number;
  readonly #output: Uint8Array | Uint16Array;
  #rowsTaken = 0;
  #nextDone = 0;

  constructor(from: PixelShape, to: Size) {
    this.#from = from;
    this.#toHeight = to.height;
    this.#across = triangleTaps(from.width, to.width, from.bits);
    this.#down = triangleTaps(from.height, to.height, from.bits);
    this.#open = mostOpenAtOnce(this.#down);
    const samples = to.width * from.channels;
    this.#row = new Int32Array(samples);
    this.#sums =
      from.bits === 8 ? new Int32Array(this.#open * samples).fill(HALF) : new Float64Array(this.#open * samples);
    this.#output = from.bits === 8 ? new Uint8Array(samples * to.height) : new Uint16Array(samples * to.height);
  }

  push(rows: Uint8Array | Uint16Array): void {
    const stride = this.#from.width * this.#from.channels;
    for (let offset = 0; offset + stride <= rows.length && this.#rowsTaken < this.#from.height; offset += stride) {
      if (this.#from.bits === 16) this.#shrinkRow16(rows, offset);
      else if (this.#from.channels === 3) this.#shrinkRow8Of3(rows, offset);
      else this.#shrinkRow8(rows, offset);
      this.#addRow();
      this.#rowsTaken++;
    }
  }

  /** The resized pixels (to.height, to.width, channels), once all rows were pushed. */
  finish(): Uint8Array | Uint16Array {
    if (this.#nextDone !== this.#toHeight) {
      throw new Error(`resizing got ${this.#rowsTaken} of ${this.#from.height} rows`);
    }
    return this.#output;
  }

  #shrinkRow8(rows: Uint8Array | Uint16Array, offset: number): void {
    const { first, count, weights, stride } = this.#across;
    const channels = this.#from.channels;
    for (let x = 0, out = 0; x < first.length; x++) {
      const begin = offset + first[x]! * channels;
      const lastTap = x * stride + count[x]!;
      for (let c = 0; c < channels; c++, out++) {
        let sum = HALF;
        for (let tap = x * stride, at = begin + c; tap < lastTap; tap++, at += channels) {
          sum = (sum + Math.imul(rows[at]!, weights[tap]!)) | 0;
        }
        this.#row[out] = Math.min(255, sum >> FRACTION_BITS);
      }
    }
  }

  #shrinkRow8Of3(rows: Uint8Array | Uint16Array, offset: number): void {
    const { first, count, weights, stride } = this.#across;
    const row = this.#row;
    for (let x = 0, out = 0; x < first.length; x++, out += 3) {
      const lastTap = x * stride + count[x]!;
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      for (let tap = x * stride, at = offset + first[x]! * 3; tap < lastTap; tap++, at += 3) {
        const weight = weights[tap]!;
        red = (red + Math.imul(rows[at]!, weight)) | 0;
        green = (green + Math.imul(rows[at + 1]!, weight)) | 0;
        blue = (blue + Math.imul(rows[at + 2]!, weight)) | 0;
      }
      row[out] = Math.min(255, red >> FRACTION_BITS);
      row[out + 1] = Math.min(255, green >> FRACTION_BITS);
      row[out + 2] = Math.min(255, blue >> FRACTION_BITS);
    }
  }

  #shrinkRow16(rows: Uint8Array | Uint16Array, offset: number): void {
    const { first, count, weights, stride } = this.#across;
    const channels = this.#from.channels;
    for (let x = 0, out = 0; x < first.length; x++) {
      for (let c = 0; c < channels; c++, out++) {
        let sum = 0;
        let at = offset + first[x]! * channels + c;
        for (let tap = x * stride; tap < x * stride + count[x]!; tap++, at += channels) {
          sum += rows[at]! * weights[tap]!;
        }
        this.#row[out] = Math.floor(sum + 0.5);
      }
    }
  }

  /** Adds the row to every output row it contributes to, and gives out those that it completes. */
  #addRow(): void {
    const { first, count, weights, stride } = this.#down;
    const samples = this.#row.length;
    for (let y = this.#nextDone; y < this.#toHeight && first[y]! <= this.#rowsTaken; y++) {
      const tap = this.#rowsTaken - first[y]!;
      const base = (y % this.#open) * samples;
      this.#addWeighted(base, weights[y * stride + tap]!);
      if (tap === count[y]! - 1) this.#giveOut(y, base);
    }
  }

  #addWeighted(base: number, weight: number): void {
    const row = this.#row;
    const sums = this.#sums;
    const samples = row.length;
    if (this.#from.bits === 8) {
      for (let i = 0; i < samples; i++) sums[base + i] = (sums[base + i]! + Math.imul(row[i]!, weight)) | 0;
    } else {
      for (let i = 0; i < samples; i++) sums[base + i] = sums[base + i]! + row[i]! * weight;
    }
  }

  #giveOut(y: number, base: number): void {
    const sums = this.#sums;
    const samples = this.#row.length;
    const eight = this.#from.bits === 8;
    for (let i = 0, out = y * samples; i < samples; i++, out++) {
      const sum = sums[base + i]!;
      this.#output[out] = eight ? Math.min(255, sum >> FRACTION_BITS) : Math.min(65535, Math.floor(sum + 0.5));
      sums[base + i] = eight ? HALF : 0;
    }
    this.#nextDone = y + 1;
  }
}

function shapeOf(source: Pixels): PixelShape {
  return { ...source, bits: source.data instanceof Uint16Array ? 16 : 8 };
}

/** Resizes in one go, blocking: for worker threads and small images. Gives (height, width, channels). */
export function resizePixels(source: Pixels, width: number, height: number): Uint8Array | Uint16Array {
  const resizer = new TriangleResizer(shapeOf(source), { width, height });
  resizer.push(source.data);
  return resizer.finish();
}

/** Resizes in bands and lets other work of the process run between them. Gives (height, width, channels). */
export async function resizeImage(source: Pixels, width: number, height: number): Promise<Uint8Array | Uint16Array> {
  const resizer = new TriangleResizer(shapeOf(source), { width, height });
  const stride = source.width * source.channels;
  const bandRows = Math.max(1, Math.floor(SAMPLES_PER_BAND / stride));
  for (let row = 0; row < source.height; row += bandRows) {
    if (row > 0) await breathe();
    resizer.push(source.data.subarray(row * stride, (row + bandRows) * stride));
  }
  return resizer.finish();
}
