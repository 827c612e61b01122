/**
 * What a training step or a forward pass costs on a graphics card, counted from the program's own kernels. Nothing is
 * computed and no card is needed. Convention: for a whole batch; a kernel moves every tensor that it touches once (twice
 * where it adds to it), whatever caches do; operations are multiply-adds.
 */
import { emitKernels, planProgram } from '../../engine/executors/webgpu/program-plan.ts';
import type { ProgramPlan } from '../../engine/executors/webgpu/program-plan.ts';
import type { Kernel } from '../../engine/executors/webgpu/kernel.ts';
import { runUniformBytes } from '../../engine/executors/webgpu/shader-text.ts';
import { scheduleKernels } from '../../engine/executors/webgpu/schedule.ts';
import { updateDispatches } from '../../engine/executors/webgpu/updates.ts';
import { computedOutputs } from '../../engine/program/computed-outputs.ts';
import { sizeOf } from '../../engine/program/operation.ts';
import type { Program } from '../../engine/program/program.ts';
import { costOf } from './operation-cost.ts';

export interface KernelCost {
  readonly label: string;
  readonly uses: number;
  readonly bytes: number;
}

export interface DispatchCost {
  readonly labels: readonly string[];
  readonly bytes: number;
  readonly multiplyAdds: number;
}

export interface OperationCostRow {
  readonly operation: string;
  readonly uses: number;
  readonly kernels: number;
  readonly bytes: number;
  /** If every operand of the operation were moved once. */
  readonly leastBytes: number;
  readonly multiplyAdds: number;
}

export interface PhaseCost {
  readonly dispatches: readonly DispatchCost[];
  readonly operations: readonly OperationCostRow[];
  readonly kernels: readonly KernelCost[];
  readonly bytes: number;
  readonly leastBytes: number;
  readonly multiplyAdds: number;
  /** Of the card's memory. */
  readonly memory: number;
}

/** Bytes that a kernel moves for one sample. */
function kernelBytes({ accesses }: Kernel, { regions, contributions }: ProgramPlan): number {
  const touched = new Map<string, number>();
  for (const access of accesses) {
    if (access.kind === 'parts') {
      const { size = 0, parts = 0 } = contributions[access.contribution] ?? {};
      touched.set(`p${access.contribution}`, 4 * size * parts);
    } else {
      const { size = 0, buffer = 'arena' } = regions[access.id] ?? {};
      touched.set(`t${access.id}${access.writes ? 'w' : 'r'}`, size * (buffer === 'bytes' ? 1 : 4));
    }
  }
  return [...touched.values()].reduce((total, bytes) => total + bytes, 0);
}

/** @param batch samples at once */
export function phaseCost(program: Program, phase: 'step' | 'forward', batch: number): PhaseCost {
  const plan = planProgram(emitKernels(program), batch);
  const kernels = phase === 'forward' ? plan.forward : plan.training;
  const operations = [...program.forward, ...program.backward];
  const workOf = new Map<number, number>();
  for (const { position } of kernels) {
    const operation = operations[position];
    if (operation !== undefined) workOf.set(position, costOf(program, operation).multiplyAdds * batch);
  }
  const perPosition = Map.groupBy(kernels, ({ position }) => position);
  const bytesOf = (kernel: Kernel): number => kernelBytes(kernel, plan) * batch;
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  // An operation's work is put where its bytes are.
  const shareOf = (kernel: Kernel): number => {
    const all = total((perPosition.get(kernel.position) ?? []).map(bytesOf));
    return ((workOf.get(kernel.position) ?? 0) * bytesOf(kernel)) / Math.max(1, all);
  };
  const dispatches: DispatchCost[] = scheduleKernels(kernels, plan.regions).map((chains) => ({
    labels: chains.map((chain) => chain.map(({ label }) => label).join(' → ')),
    bytes: total(chains.flat().map(bytesOf)),
    multiplyAdds: total(chains.flat().map(shareOf)),
  }));
  let [bytes, least] = [total(kernels.map(bytesOf)), 0];
  const rows = new Map<string, OperationCostRow>();
  for (const [position, own] of perPosition) {
    const operation = operations[position];
    if (operation === undefined) continue;
    const name = `${operation.definition.kind}${operation.pass === 'gradient' ? ' gradient' : ''}`;
    const leastBytes = costOf(program, operation).bytes * batch;
    least += leastBytes;
    const known = rows.get(name);
    rows.set(name, {
      operation: name,
      uses: (known?.uses ?? 0) + 1,
      kernels: (known?.kernels ?? 0) + own.length,
      bytes: (known?.bytes ?? 0) + total(own.map(bytesOf)),
      leastBytes: (known?.leastBytes ?? 0) + leastBytes,
      multiplyAdds: (known?.multiplyAdds ?? 0) + (workOf.get(position) ?? 0),
    });
  }
  if (phase === 'step') {
    const gather = 4 * (plan.partsStride * batch + program.parameterCount);
    const update = 4 * program.parameterCount * 7;
    const updates = updateDispatches(program);
    dispatches.push({ labels: ['sum of gradients'], bytes: gather, multiplyAdds: plan.partsStride * batch });
    for (const { labels } of updates) {
      dispatches.push({ labels, bytes: update / updates.length, multiplyAdds: 0 });
    }
    bytes += gather + update;
    least += 4 * program.parameterCount + update;
  }
  const byLabel = Map.groupBy(kernels, ({ label }) => label);
  return {
    dispatches,
    operations: [...rows.values()].sort((a, b) => b.bytes - a.bytes),
    kernels: [...byLabel]
      .map(([label, own]) => ({ label, uses: own.length, bytes: total(own.map(bytesOf)) }))
      .sort((a, b) => b.bytes - a.bytes),
    bytes,
    leastBytes: least,
    multiplyAdds: total([...workOf.values()]),
    memory:
      4 * batch * (plan.arenaStride + plan.partsStride) +
      16 * program.parameterCount +
      4 * (plan.sizes.inputs + plan.sizes.outputs) +
      plan.sampleBytes * batch,
  };
}

export interface CrossingBytes {
  /** To the card in a step that brings its samples, and in one whose samples are kept there. */
  readonly brought: number;
  readonly kept: number;
  /** From the card. */
  readonly back: number;
}

/** What a step moves between host and card. @param batch samples at once */
export function crossingBytes(program: Program, batch: number): CrossingBytes {
  const { sampleBytes, sizes } = planProgram(emitKernels(program), batch);
  const kept = 4 * sizes.inputs + runUniformBytes(batch);
  const back = 4 * batch * computedOutputs(program, 'step').reduce((total, { shape }) => total + sizeOf(shape), 0);
  return { brought: kept + batch * sampleBytes, kept, back };
}
