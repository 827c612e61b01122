/**
 * The graphics cards of this machine: those that plain Node reaches, else those of a page that offers its own.
 * Convention: finding cards loads their drivers, so it is done only when somebody asks for one.
 */
import { MambrushError } from '../contract/error.ts';
import type { Card } from '../executors/remote/card.ts';
import { listRemoteCards } from '../executors/remote/remote-executor.ts';
import type { RemoteCard } from '../executors/remote/remote-executor.ts';
import type { ConnectRemote } from '../executors/remote/remote-port.ts';
import { findNodeGpu } from '../executors/webgpu/node-gpu.ts';
import type { NodeGpu } from '../executors/webgpu/node-gpu.ts';
import { cardDevice, missingCard } from './device.ts';
import type { Device } from './device.ts';

export class Cards {
  readonly #connectPage: ConnectRemote | undefined;
  #known: readonly Device[] = [missingCard('nobody has looked for a graphics card yet')];
  #here: Promise<NodeGpu> | undefined;
  /** Of the page, when it was last asked. */
  #remote: readonly RemoteCard[] = [];

  /** @param connectPage leads to the page's cards, where there may be one */
  constructor(connectPage?: ConnectRemote) {
    this.#connectPage = connectPage;
  }

  /** As found last; one that cannot be used where there is none. */
  get known(): readonly Device[] {
    return this.#known;
  }

  async find(): Promise<readonly Device[]> {
    const here = await (this.#here ??= findNodeGpu());
    const own: readonly Card[] = 'cards' in here ? here.cards : [];
    const hasReal = own.some(({ isSoftware }) => !isSoftware);
    // Where Node has a card of its own, a page on the same machine would only offer it again.
    const [remote, trouble] = hasReal ? [[]] : await this.#findInPage();
    const cards = remote.length > 0 ? remote : own;
    const reason = trouble ?? ('reason' in here ? here.reason : 'nothing was found');
    this.#known = cards.length > 0 ? cards.map(cardDevice) : [missingCard(reason)];
    return this.#known;
  }

  /** @returns the page's cards, or what kept it from telling */
  async #findInPage(): Promise<readonly [cards: readonly RemoteCard[], trouble?: string]> {
    if (this.#connectPage === undefined) return [[]];
    try {
      const found = await listRemoteCards(this.#connectPage);
      const isAsBefore =
        found.length === this.#remote.length && found.every(({ name }, i) => name === this.#remote[i]?.name);
      // The executors that are known may be at work.
      if (isAsBefore) found[0]?.executor.release();
      else this.#remote = found;
      return [this.#remote];
    } catch (error) {
      if (!(error instanceof MambrushError)) throw error;
      return [[], error.message];
    }
  }
}
