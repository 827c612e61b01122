/**
 * The connection to the process with the graphics cards, which the executors of its cards share. Knows no session.
 * Convention: one port at a time, opened when it is needed and closed when no session was open over it for a while; the cards
 * are asked for once a port.
 */
import { MambrushError } from '../../contract/error.ts';
import { RemoteConnection } from './remote-connection.ts';
import { readCards } from './remote-messages.ts';
import type { CardFacts } from './remote-messages.ts';
import type { ConnectRemote } from './remote-port.ts';

export interface Reached {
  readonly connection: RemoteConnection;
  readonly cards: readonly CardFacts[];
}

/** A driver may be slow to answer; a page that hangs never does. */
const mostSeconds = 30;
/** A list of cards is often followed by a session; without one the port is closed, so that a shell may close its page. */
export const idleMilliseconds = 20_000;

export class RemoteLink {
  readonly #connect: ConnectRemote;
  readonly #idle: number;
  #reached: Reached | undefined;
  #reaching: Promise<Reached | undefined> | undefined;

  /** @param idle milliseconds without a session, after which the port is closed */
  constructor(connect: ConnectRemote, idle: number) {
    this.#connect = connect;
    this.#idle = idle;
  }

  /** @returns undefined where no process has cards @throws MambrushError as `RemoteConnection.request` does */
  reach(): Promise<Reached | undefined> {
    if (this.#reached?.connection.isOpen === true) return Promise.resolve(this.#reached);
    this.#reaching ??= this.#connectAnew().finally(() => {
      this.#reaching = undefined;
    });
    return this.#reaching;
  }

  async #connectAnew(): Promise<Reached | undefined> {
    const port = await this.#connect();
    if (port === undefined) return undefined;
    const connection = new RemoteConnection(port);
    const cards = await withinSeconds(connection);
    const reached = { connection, cards };
    this.#reached = reached;
    let wasIdle = false;
    const watch = setInterval(() => {
      const isIdle = connection.sessions === 0;
      if (isIdle && wasIdle) this.release();
      wasIdle = isIdle;
      if (this.#reached !== reached) clearInterval(watch);
    }, this.#idle / 2);
    // It must not keep the process alive.
    watch.unref();
    return reached;
  }

  release(): void {
    if (this.#reached === undefined || this.#reached.connection.sessions > 0) return;
    this.#reached.connection.close();
    this.#reached = undefined;
  }
}

async function withinSeconds(connection: RemoteConnection): Promise<readonly CardFacts[]> {
  const timer = setTimeout(() => connection.close(silentError()), 1000 * mostSeconds);
  try {
    return await connection.request({ kind: 'cards' }, readCards);
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function silentError(): MambrushError {
  return new MambrushError(
    'gpu-lost',
    `The page that computes on the graphics card has not answered for ${String(mostSeconds)} seconds. Reload the window, ` +
      `or choose the executor 'cpu'.`,
  );
}
