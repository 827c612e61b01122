/**
 * The buffers of one opened program and their one bind group. Convention: memory that cannot be had is an answer, not an
 * error.
 */
import { computeStage, usage } from './gpu-flags.ts';
import { bufferNames, runUniformBytes } from './shader-text.ts';
import type { BufferName } from './shader-text.ts';
import type { ProgramPlan } from './program-plan.ts';

export interface DeviceBuffers {
  readonly byName: Readonly<Record<BufferName, GPUBuffer>>;
  readonly group: GPUBindGroup;
  readonly layout: GPUPipelineLayout;
  readonly bytes: number;
}

/** Bytes of each buffer. @param table u32 elements of the table for gathering gradients */
export function bufferBytes(plan: ProgramPlan, table: number): Readonly<Record<BufferName, number>> {
  const { slots, keeps, arenaStride, partsStride, program, sampleBytes, sizes } = plan;
  return {
    run: runUniformBytes(slots),
    arena: 4 * arenaStride * slots,
    // Parameters, gradients, two moments, and the number that clipping leaves.
    blocks: 4 * (4 * program.parameterCount + 1),
    inputs: 4 * sizes.inputs,
    bytes: (keeps + slots) * sampleBytes,
    outputs: 4 * sizes.outputs,
    partials: 4 * partsStride * slots,
    table: 4 * table,
  };
}

/** @returns undefined when the card has not that much memory; everything is freed again */
export async function allocateBuffers(
  device: GPUDevice,
  plan: ProgramPlan,
  table: Uint32Array<ArrayBuffer>,
): Promise<DeviceBuffers | undefined> {
  const sizes = bufferBytes(plan, table.length);
  device.pushErrorScope('out-of-memory');
  const create = (name: BufferName): GPUBuffer =>
    device.createBuffer({
      label: name,
      size: Math.max(16, sizes[name]),
      usage: (name === 'run' ? usage.uniform : usage.storage) | usage.copySource | usage.copyTarget,
    });
  const byName = Object.fromEntries(bufferNames.map((name) => [name, create(name)])) as Record<BufferName, GPUBuffer>;
  const outOfMemory = await device.popErrorScope();
  if (outOfMemory !== null) {
    for (const buffer of Object.values(byName)) buffer.destroy();
    return undefined;
  }
  device.queue.writeBuffer(byName.table, 0, table);
  const layout = device.createBindGroupLayout({
    entries: bufferNames.map((name, binding) => ({
      binding,
      visibility: computeStage,
      buffer: { type: bindingTypes[name] },
    })),
  });
  const group = device.createBindGroup({
    layout,
    entries: bufferNames.map((name, binding) => ({ binding, resource: { buffer: byName[name] } })),
  });
  return {
    byName,
    group,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    bytes: Object.values(sizes).reduce((total, size) => total + size, 0),
  };
}

const bindingTypes: Readonly<Record<BufferName, GPUBufferBindingType>> = {
  run: 'uniform',
  arena: 'storage',
  blocks: 'storage',
  inputs: 'read-only-storage',
  bytes: 'read-only-storage',
  outputs: 'storage',
  partials: 'storage',
  table: 'read-only-storage',
};
