/**
 * A run that is over in a second or two: a narrow network on discs of 32×32. Not a test, and without vitest, so that a
 * process of its own can use it.
 */
import { cpuAvailability, cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import type { NetworkConfig } from '../../engine/network/network-config.ts';
import type { Executor } from '../../engine/program/executor.ts';
import type { RunSpecInput } from '../../engine/train/runs/run-spec.ts';
import type { TrainingSettingsInput } from '../../engine/contract/training-settings.ts';
import type { DiscOptions } from './disc-samples.ts';

/** The native executor where it is built; the same runs take twenty times longer on the reference. */
export const quickExecutor: Executor = cpuAvailability().available ? cpuExecutor : referenceExecutor;

export const narrow: NetworkConfig = { ...defaultConfig, widths: [4, 8, 12, 16, 24, 32] };

export function tinySpec(settings: TrainingSettingsInput = {}, network: Partial<NetworkConfig> = {}): RunSpecInput {
  const config = { ...narrow, ...network };
  return {
    format: 1,
    name: 'tiny',
    network: { ...config, widths: [...config.widths] },
    settings: { epochs: 3, batch: 2, size: 32, learningRate: 5e-3, schedule: { kind: 'constant' }, ...settings },
    classes: Array.from({ length: config.classes }, (_, i) => ({ name: `class ${i + 1}` })),
    data: { cacheFolder: '', training: [], validation: [] },
  };
}

/** What a run does that is killed and resumed: four epochs of five steps. */
export const killSettings: TrainingSettingsInput = { epochs: 4, batch: 2, schedule: { kind: 'cosine', period: 4 } };
export const killSamples: DiscOptions = { training: [1, 2, 3, 4, 5, 6, 7, 8, 9], validation: [21, 22, 23] };
