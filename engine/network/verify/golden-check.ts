/**
 * Comparing what an executor computed with what the reference code computed. Not where values come from.
 * Convention: an error is passed with the tolerance it was held against; `worst` is error / tolerance.
 */
import type { FloatArray } from '../../program/executor.ts';

export type CheckGroup = 'outputs' | 'activations' | 'gradients' | 'losses' | 'parameters';

export interface Check {
  readonly group: CheckGroup;
  readonly tensor: string;
  /** Largest absolute difference; for losses relative. */
  readonly error: number;
  readonly tolerance: number;
}

export interface GoldenReport {
  readonly path: string;
  readonly passed: boolean;
  readonly checks: readonly Check[];
}

/** Tolerances that a float32 engine meets. */
export const tolerances = {
  outputs: 5e-6,
  activations: 2e-4,
  losses: 5e-6,
  parameters: 5e-5,
  /** Of the tensor's largest gradient, or of `gradientFloor` times the file's largest. */
  gradients: 1e-4,
  gradientFloor: 1e-3,
} as const;

/** A graphics card may round exponentials and divisions more than a processor does (WGSL, section 15.7.4). */
export function gradientToleranceOf(executor: string): number {
  return executor === 'webgpu' ? 5e-4 : tolerances.gradients;
}

/** NaN counts as infinitely wrong, not as equal. */
export function largestDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(found[i]! - wanted[i]!);
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

export function largestMagnitude(values: FloatArray): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** NaN when there is nothing to average. */
export function meanOf(values: FloatArray | undefined): number {
  let total = 0;
  for (const value of values ?? []) total += value;
  return total / (values?.length ?? 0);
}

/** Checks gradients against each other by the rule of `tolerances`. @param wanted by tensor name */
export function checkGradients(
  wanted: ReadonlyMap<string, FloatArray>,
  found: (name: string) => FloatArray,
  tolerance: number = tolerances.gradients,
): Check[] {
  const fileLargest = Math.max(0, ...[...wanted.values()].map(largestMagnitude));
  return [...wanted].map(([tensor, values]) => ({
    group: 'gradients',
    tensor,
    error: largestDifference(found(tensor), values),
    tolerance: tolerance * Math.max(largestMagnitude(values), tolerances.gradientFloor * fileLargest),
  }));
}

export function reportOf(path: string, checks: readonly Check[]): GoldenReport {
  return { path, checks, passed: checks.length > 0 && checks.every(({ error, tolerance }) => error <= tolerance) };
}

/** (B, C, H, W) to (B, H, W, C). @param channels C @param plane H·W */
export function toChannelsLast(values: FloatArray, channels: number, plane: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const sample = Math.floor(i / (channels * plane));
    const channel = Math.floor(i / plane) % channels;
    result[(sample * plane + (i % plane)) * channels + channel] = values[i]!;
  }
  return result;
}
