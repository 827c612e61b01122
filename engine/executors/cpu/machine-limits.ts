/**
 * What this machine could do at best: measured, for benchmarks to be held against. Not used by the product itself.
 * Convention: medians of a few short measurements; each blocks the calling thread.
 */
import { loadAddon } from './native-addon.ts';

export interface MachineLimits {
  /** Multiply-adds per second. */
  readonly multiplyAdds: number;
  /** Bytes per second read from memory. */
  readonly bandwidth: number;
}

/** @throws Error where the native part is missing */
export function measureLimits(instructionSet: string, threads: number): MachineLimits {
  const loaded = loadAddon();
  if (!('addon' in loaded)) throw new Error(loaded.reason);
  const { addon } = loaded;
  const median = (measure: () => number): number => Array.from({ length: 5 }, measure).sort((a, b) => a - b)[2] ?? NaN;
  return {
    multiplyAdds: median(() => addon.peakMultiplyAdds(instructionSet, threads)),
    bandwidth: addon.memoryBandwidth(threads),
  };
}
