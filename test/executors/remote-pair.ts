/**
 * The two ends of a remote executor over a message channel of Node. Not a test. Convention: `kill` closes the channel
 * behind the backs of both, as the end of a process would.
 */
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { decodeFrame, encodeFrame } from '../../engine/contract/wire.ts';
import type { Card } from '../../engine/executors/remote/card.ts';
import type { ConnectRemote, RemotePort } from '../../engine/executors/remote/remote-port.ts';
import { serveExecutors } from '../../engine/executors/remote/serve-executors.ts';
import type { BuildProgram } from '../../engine/executors/remote/serve-executors.ts';
import type { Executor } from '../../engine/program/executor.ts';
import { buildAny } from './small-program.ts';

export function remotePortOf(port: MessagePort): RemotePort {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', listener),
    closed: once(port, 'close'),
    close: () => port.close(),
  };
}

export function cardOf(executor: Executor, name = 'a card'): Card {
  return { name, isSoftware: false, executor };
}

/** How the messages of one direction come across: as a port clones them, or otherwise. */
export type Crossing = (port: RemotePort) => RemotePort;

/** As a socket carries them, and only later than they are sent. */
export const asLateFrames: Crossing = (port) => ({
  send: (message) => void setTimeout(() => port.send(encodeFrame(message)), 5),
  onMessage: (listener) => port.onMessage((frame) => listener(decodeFrame(frame as Uint8Array))),
  closed: port.closed,
  close: () => port.close(),
});

export interface Pair {
  readonly connect: ConnectRemote;
  /** How often somebody has connected. */
  readonly connections: () => number;
  /** Whether the last connection still is. */
  readonly isOpen: () => boolean;
  readonly kill: () => void;
  /** From now on no process has cards. */
  readonly leave: () => void;
}

export function pairWith(
  findCards: () => Promise<readonly Card[]>,
  crossing: Crossing = (port) => port,
  build: BuildProgram = buildAny,
): Pair {
  let connections = 0;
  let isThere = true;
  let isOpen = false;
  let last: MessagePort | undefined;
  return {
    connect: async () => {
      if (!isThere) return undefined;
      connections++;
      const { port1, port2 } = new MessageChannel();
      last = port1;
      isOpen = true;
      port1.once('close', () => {
        isOpen = false;
      });
      serveExecutors(crossing(remotePortOf(port2)), findCards, build);
      return crossing(remotePortOf(port1));
    },
    connections: () => connections,
    isOpen: () => isOpen,
    kill: () => last?.close(),
    leave: () => {
      isThere = false;
    },
  };
}
