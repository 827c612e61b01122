/**
 * What this machine can compute on: one record for each executor, with what is known of it here. Convention: the first
 * graphics card is 'webgpu', others are 'webgpu-2' and so on.
 */
import { cpuAvailability, cpuExecutor, cpuInstructionSets } from '../executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../executors/reference/reference-executor.ts';
import type { Card } from '../executors/remote/card.ts';
import type { Executor } from '../program/executor.ts';

export interface Device {
  readonly executor: Executor;
  /** Of a graphics card: maker and model. */
  readonly card?: string;
  /** A graphics card that the processor only simulates. */
  readonly isSoftware: boolean;
  /** The fastest first; empty when it has none to choose from. */
  readonly instructionSets: readonly string[];
  /** Why it cannot run here, and what to do; undefined where it can. */
  readonly unavailable: string | undefined;
  /** Seconds that a training step takes for one pixel of one sample, default network: for refusing hopeless jobs. */
  readonly secondsPerPixel: number;
}

const cardName = 'webgpu';

/** Whether an executor of this name is a graphics card, be it there or not. */
export function namesCard(name: string): boolean {
  return /^webgpu(-\d+)?$/.test(name);
}

const usual = { isSoftware: false, instructionSets: [], unavailable: undefined } as const;

/** What runs on the processor, the fastest first. */
export function processorDevices(): readonly [cpu: Device, reference: Device] {
  const cpu = {
    executor: cpuExecutor,
    isSoftware: false,
    instructionSets: cpuInstructionSets(),
    unavailable: cpuAvailability().reason,
    secondsPerPixel: 4e-7,
  };
  // Measured: 1.85 s for a step of one 256×256 sample.
  return [cpu, { ...usual, executor: referenceExecutor, secondsPerPixel: 2.8e-5 }];
}

/** @param position among this machine's cards */
export function cardDevice({ name: card, isSoftware, executor }: Card, position: number): Device {
  const name = position === 0 ? cardName : `${cardName}-${position + 1}`;
  const { description } = executor;
  const named = { name, description, open: executor.open.bind(executor) };
  return { ...usual, card, isSoftware, executor: named, secondsPerPixel: 4e-7 };
}

/** Stands in the list where no card is known: it is refused before it is opened. */
export function missingCard(reason: string): Device {
  const open = (): Promise<never> => Promise.reject(new Error('there is no graphics card'));
  const executor = { name: cardName, description: 'WebGPU, no graphics card', open };
  return { ...usual, executor, unavailable: reason, secondsPerPixel: 4e-7 };
}
