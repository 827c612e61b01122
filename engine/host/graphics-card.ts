/**
 * The graphics card among the executors, as plain Node reaches it. Knows no verb. Convention: looking for a card loads its
 * driver, so it is done only when somebody asks for one, once a process; one that is only simulated by the processor is
 * taken by name and never by 'auto'.
 */
import { findNodeGpu } from '../executors/webgpu/node-gpu.ts';
import type { NodeGpu } from '../executors/webgpu/node-gpu.ts';
import type { Executor } from '../program/executor.ts';
import type { ExecutorEntry } from './executors.ts';

let known: NodeGpu | undefined;

/** Stands in the list until a card is found: it is refused before it is opened. */
const absent: Executor = {
  name: 'webgpu',
  description: 'WebGPU, no graphics card',
  open: () => Promise.reject(new Error('there is no graphics card')),
};

export const graphicsCardEntry: ExecutorEntry = {
  get executor() {
    return known !== undefined && 'executor' in known ? known.executor : absent;
  },
  availability: () => {
    if (known === undefined) return { available: false, reason: 'nobody has looked for a graphics card yet' };
    return 'executor' in known ? { available: true } : { available: false, reason: known.reason };
  },
  instructionSets: () => [],
  secondsPerPixel: 4e-7,
};

/** What the list of executors knows of the card, it knows after this. */
export async function lookForGraphicsCard(): Promise<void> {
  known ??= await findNodeGpu();
}

/** A card of its own, or why there is none to take unasked. */
export async function findRealCard(): Promise<{ readonly entry: ExecutorEntry } | { readonly reason: string }> {
  await lookForGraphicsCard();
  if (known === undefined || 'reason' in known) return { reason: known?.reason ?? 'nothing was found' };
  if (!known.adapter.isSoftware) return { entry: graphicsCardEntry };
  return { reason: `${known.adapter.name} is only simulated by the processor` };
}
