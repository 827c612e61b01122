/**
 * A window at the other end of a message port, as a shell has one. Not its session: that is `sessions.ts`.
 * Convention: messages are cloned as they are, in no frames, and a view of a larger buffer is copied before it is sent.
 */
import type { Attachment, Sessions } from './sessions.ts';

/** What is used of a port of Electron. */
export interface MessagePortLike {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

export function servePort(sessions: Sessions, port: MessagePortLike): void {
  const attachment: Attachment = sessions.attach((message) => port.postMessage(ownBytes(message)));
  port.on('message', ({ data }) => {
    try {
      attachment.receive(data);
    } catch {
      // Not a message of this contract: the window reconnects.
      port.close();
      attachment.detach();
    }
  });
  port.on('close', () => attachment.detach());
  port.start();
}

/** Cloning a view clones the whole buffer behind it. */
function ownBytes(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return value.constructor === Uint8Array && value.byteLength === value.buffer.byteLength
      ? value
      : Uint8Array.from(value);
  }
  if (Array.isArray(value)) return value.map(ownBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, ownBytes(content)]));
}
