/**
 * The graphics cards among the executors: those that plain Node reaches, else those of a page that offers its own. Knows no
 * verb. Convention: looking for cards loads their drivers, so it is done only when somebody asks for one; a card that is
 * only simulated by the processor is taken by name and never by 'auto'.
 */
import { MambrushError } from '../contract/error.ts';
import type { Card } from '../executors/remote/card.ts';
import { listRemoteCards } from '../executors/remote/remote-executor.ts';
import type { RemoteCard } from '../executors/remote/remote-executor.ts';
import type { ConnectRemote } from '../executors/remote/remote-port.ts';
import { findNodeGpu } from '../executors/webgpu/node-gpu.ts';
import type { Executor } from '../program/executor.ts';
import { cardName } from './executor-entry.ts';
import type { ExecutorEntry } from './executor-entry.ts';

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
let connectHost: ConnectRemote | undefined;
/** Of the page, when it was last asked. */
let remoteCards: readonly RemoteCard[] = [];

/** Where the cards of a page can be reached from this process. */
export function offerGpuHost(connect: ConnectRemote): void {
  connectHost = connect;
}

/** What is known of cards; one that cannot be used where there is none. */
export function cardEntries(): readonly ExecutorEntry[] {
  if ('cards' in known) return known.cards;
  const { reason } = known;
  return [{ ...fixedFacts, executor: absent, availability: () => ({ available: false, reason }) }];
}

const fixedFacts = { instructionSets: () => [], secondsPerPixel: 4e-7 } as const;

function entryOf({ name, isSoftware, executor }: Card, position: number): CardEntry {
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
  const own: readonly Card[] = 'cards' in here ? here.cards : [];
  const hasReal = own.some(({ isSoftware }) => !isSoftware);
  // Where Node has a card of its own, a page on the same machine would only offer it again.
  const [remote, trouble] = hasReal ? [[], undefined] : await lookInPage();
  const cards = remote.length > 0 ? remote : own;
  const reason = trouble ?? ('reason' in here ? here.reason : 'nothing was found');
  known = cards.length > 0 ? { cards: cards.map(entryOf) } : { reason };
}

/** @returns the page's cards, or what kept it from telling */
async function lookInPage(): Promise<readonly [cards: readonly RemoteCard[], trouble?: string]> {
  if (connectHost === undefined) return [[]];
  try {
    const found = await listRemoteCards(connectHost);
    const isAsBefore =
      found.length === remoteCards.length && found.every(({ name }, i) => name === remoteCards[i]?.name);
    // The executors that are known may be at work.
    if (isAsBefore) found[0]?.executor.release();
    else remoteCards = found;
    return [remoteCards];
  } catch (error) {
    if (!(error instanceof MambrushError)) throw error;
    return [[], error.message];
  }
}

/** The cards that are worth a race, or why there is none. */
export async function findRealCards(): Promise<{ readonly cards: readonly CardEntry[] } | { readonly reason: string }> {
  await lookForCards();
  if ('reason' in known) return known;
  const cards = known.cards.filter(({ isSoftware }) => !isSoftware);
  return cards.length > 0 ? { cards } : { reason: `${known.cards[0]?.name ?? ''} is only simulated by the processor` };
}
