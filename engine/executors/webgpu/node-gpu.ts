/**
 * Opens Node's way to the graphics card: the package `webgpu` (Dawn). The only file that imports it. Convention: the
 * package is optional and so is a driver; where one is missing there is no card, with the reason in words.
 */
import { WebGpuExecutor } from './webgpu-executor.ts';
import { findAdapter } from './open-device.ts';
import type { AdapterFacts } from './open-device.ts';

export type NodeGpu =
  | { readonly gpu: GPU; readonly adapter: AdapterFacts; readonly executor: WebGpuExecutor }
  | { readonly reason: string };

/**
 * Kernels write workgroup memory before they read it, so that clearing it first is time lost; on a simulated card that
 * makes a kernel's compilation 15 times as long.
 */
const dawnOptions = ['enable-dawn-features=disable_workgroup_init'];

let found: Promise<NodeGpu> | undefined;

/** Looks for a card, once a process. */
export function findNodeGpu(): Promise<NodeGpu> {
  found ??= look();
  return found;
}

async function look(): Promise<NodeGpu> {
  let gpu: GPU;
  try {
    const { create } = await import('webgpu');
    gpu = create(dawnOptions);
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { reason: `the package 'webgpu' is not installed or does not run here (${why})` };
  }
  const adapter = await findAdapter(gpu);
  if (adapter === undefined) {
    return { reason: 'there is no graphics card with a driver for Vulkan, Direct3D 12 or Metal' };
  }
  const { facts } = adapter;
  return { gpu, adapter: facts, executor: new WebGpuExecutor(gpu, { description: `WebGPU, float32, ${facts.name}` }) };
}
