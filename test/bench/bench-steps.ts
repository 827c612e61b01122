/**
 * Measures the training step and the forward pass of the default network, batch 8 at 256×256, against the machine's own
 * limits. Not a test: it passes no judgement.
 * Convention: medians of several runs after a warm-up; a limit is the longer of multiply-adds / peak rate and least
 * bytes / bandwidth.
 */
import { cpuInstructionSets, openCpuSession } from '../../engine/executors/cpu/cpu-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { sizeOf } from '../../engine/program/operation.ts';
import type { Operation, Program } from '../../engine/program/program.ts';
import { Random } from '../../engine/random.ts';
import { measureLimits } from './machine-limits.ts';
import type { MachineLimits } from './machine-limits.ts';
import { profileStep } from './native-profile.ts';
import type { OperationTime } from './native-profile.ts';
import { costOf } from './operation-cost.ts';

export interface PhaseTime {
  readonly ms: number;
  readonly imagesPerSecond: number;
  readonly shareOfLimit: number;
}

export interface OperationShare {
  readonly kind: string;
  readonly pass: 'forward' | 'gradient';
  /** On one thread, per image. */
  readonly msPerImage: number;
  readonly shareOfPeak: number;
}

export interface SettingResult {
  readonly instructionSet: string;
  readonly threads: number;
  readonly limits: MachineLimits;
  readonly step: PhaseTime;
  readonly forward: PhaseTime;
  readonly operations: readonly OperationShare[];
}

const batch = 8;
const side = 256;

/** Multiply-adds and least bytes of a phase for a whole batch: samples and labels come in, parameters and moments once. */
function phaseCost(program: Program, phase: 'step' | 'forward'): { multiplyAdds: number; bytes: number } {
  const operations =
    phase === 'forward' ? program.forward : [...program.forward.filter((o) => o.feedsLoss), ...program.backward];
  const multiplyAdds =
    operations.reduce((total, operation) => total + costOf(program, operation).multiplyAdds, 0) * batch;
  const inputs =
    program.inputs.reduce((total, tensor) => total + sizeOf(tensor.shape) * (tensor.type === 'u8' ? 1 : 4), 0) * batch;
  // A step reads parameters and both moments, writes them, and writes and reads the gradients.
  return { multiplyAdds, bytes: inputs + 4 * program.parameterCount * (phase === 'step' ? 8 : 1) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** A batch of noise with striped labels. */
export function exampleStepInputs(): Record<string, Uint8Array | Float32Array> {
  const random = new Random(1);
  const plane = side * side;
  const still = [1, 0, 0, 0, 1, 0, 0, 255];
  return {
    samples: Uint8Array.from({ length: batch * plane * 3 }, () => random.integer(256)),
    labels: Uint8Array.from({ length: batch * plane }, (_, i) => ((i >> 5) & 1) * 254),
    placement: Float32Array.from({ length: batch * 8 }, (_, i) => still[i % 8] ?? 0),
    seed: new Float32Array(batch).fill(1 / batch),
  };
}

/** Measures every instruction set with one thread and with `threads`. */
export async function benchSteps(threads: readonly number[], runs: number): Promise<readonly SettingResult[]> {
  const program = trainingProgram(defaultConfig, { width: side, height: side, batch });
  const inputs = exampleStepInputs();
  const measured: Omit<SettingResult, 'operations'>[] = [];
  const unknown = { multiplyAdds: NaN, bandwidth: NaN };
  const limitsOf = new Map(cpuInstructionSets().map((name) => [name, measureLimits(name, [1, ...threads])]));
  const operations = new Map<string, readonly OperationShare[]>();
  const parameters = initialParameters(defaultConfig, 'reference', 42);
  for (const instructionSet of cpuInstructionSets()) {
    for (const count of threads) {
      const limits = limitsOf.get(instructionSet)?.get(count) ?? unknown;
      const session = await openCpuSession(program, { instructionSet, threads: count });
      await session.write('parameters', parameters);
      const measure = async (phase: 'step' | 'forward'): Promise<PhaseTime> => {
        const times: number[] = [];
        for (let run = 0; run <= runs; run++) {
          const begin = performance.now();
          await session.run({ phase, count: batch, inputs, scalars: { learningRate: 1e-3, step: run + 1 } });
          if (run > 0) times.push(performance.now() - begin);
        }
        const ms = median(times);
        const cost = phaseCost(program, phase);
        const limit = Math.max(cost.multiplyAdds / limits.multiplyAdds, cost.bytes / limits.bandwidth) * 1000;
        return { ms, imagesPerSecond: (batch * 1000) / ms, shareOfLimit: limit / ms };
      };
      const step = await measure('step');
      const forward = await measure('forward');
      measured.push({ instructionSet, threads: count, limits, step, forward });
      await session.close();
    }
  }
  // After the steps: the second native part and its memory would slow them.
  for (const instructionSet of cpuInstructionSets()) {
    const times = await profileStep(program, instructionSet, parameters, inputs, batch);
    operations.set(instructionSet, shares(program, times, limitsOf.get(instructionSet)?.get(1) ?? unknown));
  }
  return measured.map((result) => ({ ...result, operations: operations.get(result.instructionSet) ?? [] }));
}

function shares(program: Program, times: readonly OperationTime[], limits: MachineLimits): readonly OperationShare[] {
  const all: readonly Operation[] = [
    ...program.forward.filter((operation) => operation.feedsLoss),
    ...program.backward,
  ];
  return times.map(({ kind, pass, seconds }) => {
    const work = all
      .filter((operation) => operation.definition.kind === kind && operation.pass === pass)
      .reduce((total, operation) => total + costOf(program, operation).multiplyAdds, 0);
    const perImage = seconds / batch;
    return { kind, pass, msPerImage: perImage * 1000, shareOfPeak: work / limits.multiplyAdds / perImage };
  });
}
