/**
 * Ports to the page that computes on graphics cards, which only the shell can make: this process asks, and gets one. Not
 * what is said over them: that is `executors/remote`. Convention: the shell answers every wish, if only with nothing, and
 * is told when a port is closed, so that it knows when nobody needs the page any more.
 */
import type { GpuPortWish } from '../../../contract/shell.ts';
import type { ConnectRemote, RemotePort } from '../../../executors/remote/remote-port.ts';
import type { MessagePortLike } from '../serve-port.ts';

export class ShellGpuPorts {
  readonly #wish: (wish: GpuPortWish) => void;
  readonly #waiting = new Map<number, (port: RemotePort | undefined) => void>();
  #lastId = 0;

  constructor(wish: (wish: GpuPortWish) => void) {
    this.#wish = wish;
  }

  readonly connect: ConnectRemote = () => {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<RemotePort | undefined>();
    this.#waiting.set(id, resolve);
    this.#wish({ kind: 'gpu-port', id });
    return promise;
  };

  /** @param port undefined where there is no such page */
  arrive(id: number, port: MessagePortLike | undefined): void {
    const take = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (port === undefined) {
      take?.(undefined);
      return;
    }
    const remote = remotePort(port, () => this.#wish({ kind: 'gpu-port-closed', id }));
    if (take === undefined) remote.close();
    else take(remote);
  }
}

/** Messages wait in the port until somebody listens. @param onClosed told once, before who uses the port */
function remotePort(port: MessagePortLike, onClosed: () => void): RemotePort {
  let isClosed = false;
  let tell = (): void => undefined;
  const end = (): void => {
    if (isClosed) return;
    isClosed = true;
    onClosed();
    tell();
  };
  port.on('close', end);
  return {
    send: (message) => {
      if (!isClosed) port.postMessage(message);
    },
    onMessage: (listener) => {
      port.on('message', ({ data }) => {
        if (!isClosed) listener(data);
      });
      port.start();
    },
    onClose: (listener) => {
      tell = listener;
      // It may have happened before anybody listened.
      if (isClosed) queueMicrotask(listener);
    },
    close: () => {
      port.close();
      end();
    },
  };
}
