/**
 * What this machine's list of executors has of each. Not the list: that is `executors.ts`.
 */
import type { Executor } from '../program/executor.ts';

/** The first graphics card's name; others are 'webgpu-2' and so on. */
export const cardName = 'webgpu';

/** Whether an executor of this name is a graphics card, be it there or not. */
export function namesCard(name: string): boolean {
  return /^webgpu(-\d+)?$/.test(name);
}

export interface ExecutorEntry {
  readonly executor: Executor;
  /** Whether it runs here at all; if not, why and what to do. */
  readonly availability: () => { readonly available: boolean; readonly reason?: string };
  /** Its variants on this machine, the fastest first; empty when it has none. */
  readonly instructionSets: () => readonly string[];
  /** A graphics card that the processor only simulates. */
  readonly isSoftware?: boolean;
  /** Seconds that a training step takes for one pixel of one sample, default network: for refusing hopeless jobs. */
  readonly secondsPerPixel: number;
}
