/**
 * Computes on this browser's own graphics cards for whoever asks: the engine and its trainers. Not the executor, and not
 * what is said with it (engine/executors). Convention: all that computes is in this Worker, so that a page never waits for
 * it; orders to it are `GpuWorkerOrder`.
 */
import { serveExecutors } from '../../engine/executors/remote/serve-executors.ts';
import { findCards } from '../../engine/executors/webgpu/find-cards.ts';
import type { GraphicsCard } from '../../engine/executors/webgpu/find-cards.ts';
import { buildProgram } from '../../engine/network/build-program.ts';
import { portOverMessages } from './message-port.ts';
import { keepSpareSocket } from './spare-socket.ts';

export type GpuWorkerOrder =
  /** Serves whoever holds the other end of the port that comes along. */
  | { readonly kind: 'port' }
  /** Keeps a spare socket open to this address, and serves whoever takes it. */
  | { readonly kind: 'socket'; readonly address: string };

let found: Promise<readonly GraphicsCard[]> | undefined;

/** Cards stay open between sessions, whoever has them; where there was none, it is looked again. */
async function cards(): Promise<readonly GraphicsCard[]> {
  // Absent where a page is not secure: served to another machine without an encrypted way.
  const { gpu } = navigator as { readonly gpu?: GPU };
  if (gpu === undefined) return [];
  found ??= findCards(gpu);
  try {
    const list = await found;
    if (list.length === 0) found = undefined;
    return list;
  } catch (error) {
    found = undefined;
    throw error;
  }
}

addEventListener('message', ({ data, ports: [port] }: MessageEvent<GpuWorkerOrder>) => {
  if (data.kind === 'socket') void lendOver(data.address);
  else if (port !== undefined) serveExecutors(portOverMessages(port), cards, buildProgram);
});

/** A browser without a card has nothing to lend, and opens no socket. */
async function lendOver(address: string): Promise<void> {
  if ((await cards()).length > 0) keepSpareSocket(address, (port) => serveExecutors(port, cards, buildProgram));
}
