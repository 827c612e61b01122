/**
 * Ports to the page that computes on graphics cards, which only the shell can make: this process asks, and gets one. Not
 * what is said over them: that is `executors/remote`. Convention: the shell answers every request, without a port where
 * there is no such page, and is told when a port is closed, so that it knows when the page is no longer needed.
 */
import type { GpuPortRequest } from '../../../contract/shell.ts';
import type { ConnectRemote, RemotePort } from '../../../executors/remote/remote-port.ts';
import type { MessagePortLike } from '../serve-port.ts';

export class ShellGpuPorts {
  readonly #request: (request: GpuPortRequest) => void;
  readonly #waiting = new Map<number, (port: RemotePort | undefined) => void>();
  #lastId = 0;

  constructor(request: (request: GpuPortRequest) => void) {
    this.#request = request;
  }

  readonly connect: ConnectRemote = () => {
    const id = ++this.#lastId;
    const { promise, resolve } = Promise.withResolvers<RemotePort | undefined>();
    this.#waiting.set(id, resolve);
    this.#request({ kind: 'gpu-port', id });
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
    const remote = remotePort(port);
    void remote.closed.then(() => this.#request({ kind: 'gpu-port-closed', id }));
    if (take === undefined) remote.close();
    else take(remote);
  }
}

/** Messages wait in the port until there is a listener. */
function remotePort(port: MessagePortLike): RemotePort {
  const { promise: closed, resolve } = Promise.withResolvers<undefined>();
  const end = (): void => resolve(undefined);
  port.on('close', end);
  return {
    closed,
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => listener(data));
      port.start();
    },
    close: () => {
      port.close();
      end();
    },
  };
}
