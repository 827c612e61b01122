/**
 * The port of a process to the shell that started it: `process.parentPort`, which Electron gives to utility processes.
 * Convention: declared here as far as it is used; the engine imports nothing of Electron.
 */
import { MambrushError } from '../../../contract/error.ts';
import type { MessagePortLike } from '../serve-port.ts';

export interface ParentPort {
  on(
    event: 'message',
    listener: (event: { readonly data: unknown; readonly ports: readonly MessagePortLike[] }) => void,
  ): unknown;
  postMessage(message: unknown): void;
}

/** @throws MambrushError 'no-shell' in a process that no shell started */
export function parentPort(): ParentPort {
  const { parentPort: port } = process as unknown as { readonly parentPort?: ParentPort };
  if (port !== undefined) return port;
  throw new MambrushError('no-shell', 'This part of Mambrush is started by its window. Start it with: npm start');
}
