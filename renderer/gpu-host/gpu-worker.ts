/**
 * Computes on this browser's own graphics cards for the engine and its trainers. Neither the executor nor its protocol: those
 * are in engine/executors. Convention: all that computes is in this Worker, so that a page never waits for it.
 */
import { serveExecutors } from '../../engine/executors/remote/serve-executors.ts';
import { findCards } from '../../engine/executors/webgpu/find-cards.ts';
import type { GraphicsCard } from '../../engine/executors/webgpu/find-cards.ts';
import { buildProgram } from '../../engine/network/build-program.ts';
import { portOverMessages } from './message-port.ts';
import { keepSpareSocket } from './spare-socket.ts';

export type GpuWorkerOrder =
  /** Serves the process at the other end of the port that comes along. */
  | { readonly kind: 'port' }
  /** Keeps a spare socket open to this address, and serves the process that takes it. */
  | { readonly kind: 'socket'; readonly address: string };

/** Cards are found once, for all sessions and ports; where there was none, the next call searches again. */
function cardFinder(): () => Promise<readonly GraphicsCard[]> {
  let finding: Promise<readonly GraphicsCard[]> | undefined;
  return async () => {
    // Absent where a page is not secure: served to another machine without an encrypted way.
    const { gpu } = navigator as { readonly gpu?: GPU };
    if (gpu === undefined) return [];
    finding ??= findCards(gpu);
    let found: readonly GraphicsCard[] = [];
    try {
      found = await finding;
    } finally {
      if (found.length === 0) finding = undefined;
    }
    return found;
  };
}

const cards = cardFinder();

addEventListener('message', ({ data, ports: [port] }: MessageEvent<GpuWorkerOrder>) => {
  if (data.kind === 'socket') void lendOver(data.address);
  else if (port !== undefined) serveExecutors(portOverMessages(port), cards, buildProgram);
});

/** A browser without a card has nothing to lend, and opens no socket. */
async function lendOver(address: string): Promise<void> {
  if ((await cards()).length > 0) keepSpareSocket(address, (port) => serveExecutors(port, cards, buildProgram));
}
