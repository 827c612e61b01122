/**
 * How the two ends of a remote executor reach each other, whatever carries it: a message port, a socket, a channel between
 * processes. Convention: messages arrive whole and in order; to a port that is closed they go nowhere.
 */

export interface RemotePort<Message = unknown> {
  /** Resolves when the other end is gone, or this one was closed. */
  readonly closed: Promise<unknown>;
  send(message: Message): void;
  /** One listener, set before the first message may come. */
  onMessage(listener: (message: Message) => void): void;
  close(): void;
}

/** A new port to a process that has graphics cards; undefined where there is none. */
export type ConnectRemote<Message = unknown> = () => Promise<RemotePort<Message> | undefined>;
