/**
 * The graphics cards among the executors: those that plain Node reaches, else those of a page that offers its own. Knows no
 * verb. Convention: looking for cards loads their drivers, so it is done only when somebody asks for one; a card that is
 * only simulated by the processor is taken by name and never by 'auto'.
 */
import type { ConnectRemote } from '../executors/remote/remote-port.ts';
import { findNodeGpu } from '../executors/webgpu/node-gpu.ts';
import type { Executor } from '../program/executor.ts';
import type { ExecutorEntry } from './executors.ts';

/** The first card's name; others are 'webgpu-2' and so on. */
export const cardName = 'webgpu';

export interface CardEntry extends ExecutorEntry {
  /** For people: maker and model. */
  readonly name: string;
  readonly isSoftware: boolean;
}

/** Stands in the list until a card is found: it is refused before it is opened. */
const absent: Executor = {
  name: cardName,
  description: 'WebGPU, no graphics card',
  open: () => Promise.reject(new Error('there is no graphics card')),
};

let known: { readonly cards: readonly CardEntry[] } | { readonly reason: string } = {
  reason: 'nobody has looked for a graphics card yet',
};
const gpuHosts: ConnectRemote[] = [];

/** Where the cards of a page can be reached from this process. */
export function offerGpuHost(connect: ConnectRemote): void {
  gpuHosts.push(connect);
}

/** Whether an executor of this name is a graphics card, be it there or not. */
export function namesCard(name: string): boolean {
  return /^webgpu(-\d+)?$/.test(name);
}

/** What is known of cards; one that cannot be used where there is none. */
export function cardEntries(): readonly ExecutorEntry[] {
  if ('cards' in known) return known.cards;
  const { reason } = known;
  return [{ ...fixedFacts, executor: absent, availability: () => ({ available: false, reason }) }];
}

const fixedFacts = { instructionSets: () => [], secondsPerPixel: 4e-7 } as const;

interface FoundCard {
  readonly name: string;
  readonly isSoftware: boolean;
  readonly executor: Executor;
}

function entryOf({ name, isSoftware, executor }: FoundCard, position: number): CardEntry {
  const { description } = executor;
  const executorName = position === 0 ? cardName : `${cardName}-${position + 1}`;
  return {
    ...fixedFacts,
    name,
    isSoftware,
    executor: { name: executorName, description, open: (program, options) => executor.open(program, options) },
    availability: () => ({ available: true }),
  };
}

/** What the list of executors knows of cards, it knows after this. */
export async function lookForCards(): Promise<void> {
  const here = await findNodeGpu();
  const cards: readonly FoundCard[] = 'cards' in here ? here.cards : [];
  const reason = 'reason' in here ? here.reason : 'nothing was found';
  known = cards.length > 0 ? { cards: cards.map(entryOf) } : { reason };
}

/** The cards that are worth a race, or why there is none. */
export async function findRealCards(): Promise<{ readonly cards: readonly CardEntry[] } | { readonly reason: string }> {
  await lookForCards();
  if ('reason' in known) return known;
  const cards = known.cards.filter(({ isSoftware }) => !isSoftware);
  return cards.length > 0 ? { cards } : { reason: `${known.cards[0]?.name ?? ''} is only simulated by the processor` };
}
