/**
 * Resizes pixels with an antialiased triangle filter, value for value as PIL's `Image.resize(size, BILINEAR)` does
 * (horizontal pass first, rounded to integers, then vertical). Not for label maps of classes: those take nearest.
 * Convention: works row by row, so a source may be handed over in bands and no second full-size copy is made.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { Pixels } from './pixels.ts';

/** PIL's fixed point for 8 bits: 32 − 8 − 2 bits of fraction. */
const FRACTION_BITS = 22;
const HALF = 1 << (FRACTION_BITS - 1);

interface Taps {
  /** First source index of each output index. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** Weights, `stride` for each output index. */
  readonly weights: Float64Array;
  readonly stride: number;
}

/** The triangle filter's weights for `from` → `to` samples, in fixed point for 8-bit data. */
function triangleTaps(from: number, to: number, fixedPoint: boolean): Taps {
  const scale = from / to;
  const filterScale = Math.max(scale, 1);
  const stride = Math.ceil(filterScale) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Float64Array(to * stride);
  for (let out = 0; out < to; out++) {
    const centre = (out + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - filterScale + 0.5));
    const end = Math.min(from, Math.trunc(centre + filterScale + 0.5));
    let sum = 0;
    for (let at = begin; at < end; at++) {
      const weight = Math.max(0, 1 - Math.abs((at - centre + 0.5) / filterScale));
      weights[out * stride + at - begin] = weight;
      sum += weight;
    }
    for (let tap = out * stride; tap < out * stride + end - begin; tap++) {
      const weight = (weights[tap] ?? 0) / sum;
      weights[tap] = fixedPoint ? Math.trunc(weight * (1 << FRACTION_BITS) + 0.5) : weight;
    }
    first[out] = begin;
    count[out] = end - begin;
  }
  return { first, count, weights, stride };
}

/** Takes source rows from top to bottom and gives the resized pixels. */
export class TriangleResizer {
  readonly #width: number;
  readonly #channels: number;
  readonly #across: Taps;
  readonly #down: Taps;
  readonly #row: Float64Array;
  readonly #sums: Float64Array;
  readonly #output: Uint8Array | Uint16Array;
  readonly #sixteen: boolean;
  readonly #toWidth: number;
  readonly #toHeight: number;
  #rowsTaken = 0;
  #firstOpen = 0;

  constructor(
    from: { readonly width: number; readonly height: number; readonly channels: number; readonly bits: 8 | 16 },
    to: { readonly width: number; readonly height: number },
  ) {
    this.#width = from.width;
    this.#channels = from.channels;
    this.#sixteen = from.bits === 16;
    this.#toWidth = to.width;
    this.#toHeight = to.height;
    this.#across = triangleTaps(from.width, to.width, !this.#sixteen);
    this.#down = triangleTaps(from.height, to.height, !this.#sixteen);
    const samples = to.width * from.channels;
    this.#row = new Float64Array(samples);
    this.#sums = new Float64Array(samples * to.height).fill(this.#sixteen ? 0 : HALF);
    this.#output = this.#sixteen ? new Uint16Array(samples * to.height) : new Uint8Array(samples * to.height);
  }

  /** Takes the next rows: `rows` (n, width, channels). */
  push(rows: Uint8Array | Uint16Array): void {
    const stride = this.#width * this.#channels;
    for (let offset = 0; offset + stride <= rows.length; offset += stride) {
      this.#acrossRow(rows, offset);
      this.#downRow();
      this.#rowsTaken++;
    }
  }

  #acrossRow(rows: Uint8Array | Uint16Array, offset: number): void {
    const { first, count, weights, stride } = this.#across;
    const channels = this.#channels;
    const row = this.#row;
    for (let x = 0; x < this.#toWidth; x++) {
      const begin = offset + first[x]! * channels;
      const taps = count[x]!;
      for (let c = 0; c < channels; c++) {
        let sum = this.#sixteen ? 0 : HALF;
        let at = begin + c;
        for (let tap = x * stride; tap < x * stride + taps; tap++, at += channels) sum += rows[at]! * weights[tap]!;
        row[x * channels + c] = this.#sixteen ? Math.round(sum) : Math.min(255, Math.floor(sum / (1 << FRACTION_BITS)));
      }
    }
  }

  #downRow(): void {
    const { first, count, weights, stride } = this.#down;
    const samples = this.#row.length;
    for (let y = this.#firstOpen; y < this.#toHeight && first[y]! <= this.#rowsTaken; y++) {
      const tap = this.#rowsTaken - first[y]!;
      if (tap >= count[y]!) {
        if (y === this.#firstOpen) this.#firstOpen++;
        continue;
      }
      const weight = weights[y * stride + tap]!;
      const base = y * samples;
      for (let i = 0; i < samples; i++) this.#sums[base + i]! += this.#row[i]! * weight;
    }
  }

  /** The resized pixels (height, width, channels), once every source row was pushed. */
  finish(): Uint8Array | Uint16Array {
    for (let i = 0; i < this.#sums.length; i++) {
      const sum = this.#sums[i]!;
      this.#output[i] = this.#sixteen ? Math.round(sum) : Math.min(255, Math.floor(sum / (1 << FRACTION_BITS)));
    }
    return this.#output;
  }
}

/** Resizes in one go, blocking: for worker threads and small images. */
export function resizePixels(source: Pixels, width: number, height: number): Uint8Array | Uint16Array {
  const resizer = new TriangleResizer(
    { ...source, bits: source.data instanceof Uint16Array ? 16 : 8 },
    { width, height },
  );
  resizer.push(source.data);
  return resizer.finish();
}

/** Resizes in bands and lets other work of the process run between them. */
export async function resizeImage(source: Pixels, width: number, height: number): Promise<Uint8Array | Uint16Array> {
  const resizer = new TriangleResizer(
    { ...source, bits: source.data instanceof Uint16Array ? 16 : 8 },
    { width, height },
  );
  const stride = source.width * source.channels;
  const bandRows = Math.max(1, Math.floor(1_000_000 / stride));
  for (let row = 0; row < source.height; row += bandRows) {
    resizer.push(source.data.subarray(row * stride, (row + bandRows) * stride));
    await breathe();
  }
  return resizer.finish();
}
