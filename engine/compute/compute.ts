/**
 * What one engine, or one trainer, knows of what computes here, from one request to the next. Chooses nothing.
 */
import type { Refusal } from '../contract/fallback.ts';
import type { ExecutorChoice } from '../contract/training.ts';
import type { ConnectRemote } from '../executors/remote/remote-port.ts';
import { Cards } from './cards.ts';
import { processorDevices } from './device.ts';
import type { Device } from './device.ts';

export interface Compute {
  readonly cards: Pick<Cards, 'known' | 'find'>;
  readonly passed: Set<string>;
  readonly races: Map<string, RaceResult>;
  /** Nobody wants to read at every start that they have no graphics card. */
  saidThatNoCard: boolean;
}

export interface RaceResult {
  /** Of whoever took part, milliseconds an image. */
  readonly race: NonNullable<ExecutorChoice['race']>;
  readonly refusals: readonly Refusal[];
}

/** @param connectPage leads to the graphics cards of a page, where there may be one */
export function createCompute(connectPage?: ConnectRemote): Compute {
  return { cards: new Cards(connectPage), passed: new Set(), races: new Map(), saidThatNoCard: false };
}

/** All, the fastest first as far as that is known; of graphics cards those that were found last. */
export function knownDevices({ cards }: Compute): readonly Device[] {
  const [cpu, reference] = processorDevices();
  return [cpu, ...cards.known, reference];
}
