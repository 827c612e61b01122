/**
 * Lists the graphics cards that a `GPU` object knows, each with an executor. Convention: WebGPU names cards by what they
 * are good for, so that there are at most two: the fast one first, and the thrifty one where it is another.
 */
import { findAdapter } from './open-device.ts';
import type { AdapterFacts } from './open-device.ts';
import { WebGpuExecutor } from './webgpu-executor.ts';

export interface GraphicsCard extends AdapterFacts {
  readonly executor: WebGpuExecutor;
}

const preferences = ['high-performance', 'low-power'] as const;

export async function findCards(gpu: GPU): Promise<readonly GraphicsCard[]> {
  const cards: GraphicsCard[] = [];
  for (const preference of preferences) {
    const facts = (await findAdapter(gpu, preference))?.facts;
    if (facts === undefined || cards.some(({ name }) => name === facts.name)) continue;
    const simulated = facts.isSoftware ? ', simulated by the processor' : '';
    const description = `WebGPU, float32, ${facts.name}${simulated}`;
    cards.push({ ...facts, executor: new WebGpuExecutor(gpu, { description, preference }) });
  }
  return cards;
}
