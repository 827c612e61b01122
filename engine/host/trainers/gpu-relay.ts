/**
 * How a trainer below plain Node reaches the graphics cards of its engine: the engine connects for it and passes frames on,
 * in both directions, over the channel between the two. Below a shell a trainer has ports of its own. Convention: frames are
 * not decoded; how many are under way is bounded by the session that computes (`runsAhead`).
 */
import type { ConnectFrames, FramePort } from '../../executors/remote/frame-port.ts';

/** `id`: of a port, counted by the trainer. */
export type GpuRelayMessage =
  /** From the trainer; the engine answers with one of the next two. */
  | { readonly kind: 'gpu-connect'; readonly id: number }
  | { readonly kind: 'gpu-connected'; readonly id: number }
  | { readonly kind: 'gpu-none'; readonly id: number }
  | { readonly kind: 'gpu-frame'; readonly id: number; readonly frame: Uint8Array }
  | { readonly kind: 'gpu-closed'; readonly id: number };

type Send = (message: GpuRelayMessage) => void;

const kinds: ReadonlySet<string> = new Set<GpuRelayMessage['kind']>([
  'gpu-connect',
  'gpu-connected',
  'gpu-none',
  'gpu-frame',
  'gpu-closed',
]);

export function isRelayed(message: { readonly kind: string }): message is GpuRelayMessage {
  return kinds.has(message.kind);
}

/** The engine's end, for one trainer. */
export class GpuRelay {
  readonly #connect: ConnectFrames;
  readonly #send: Send;
  /** Those being connected have no port yet. */
  readonly #ports = new Map<number, FramePort | undefined>();

  constructor(connect: ConnectFrames, send: Send) {
    this.#connect = connect;
    this.#send = send;
  }

  receive(message: GpuRelayMessage): void {
    const { kind, id } = message;
    if (kind === 'gpu-connect') void this.#open(id);
    else if (kind === 'gpu-frame') this.#ports.get(id)?.send(message.frame);
    else if (kind === 'gpu-closed') this.#close(id);
  }

  /** The trainer has ended. */
  close(): void {
    for (const id of [...this.#ports.keys()]) this.#close(id);
  }

  async #open(id: number): Promise<void> {
    this.#ports.set(id, undefined);
    const port = await this.#connect().catch(() => undefined);
    if (!this.#ports.has(id)) {
      port?.close();
      return;
    }
    if (port === undefined) {
      this.#ports.delete(id);
      this.#send({ kind: 'gpu-none', id });
      return;
    }
    this.#ports.set(id, port);
    this.#send({ kind: 'gpu-connected', id });
    port.onMessage((frame) => this.#send({ kind: 'gpu-frame', id, frame }));
    void port.closed.then(() => {
      if (this.#ports.delete(id)) this.#send({ kind: 'gpu-closed', id });
    });
  }

  #close(id: number): void {
    const port = this.#ports.get(id);
    this.#ports.delete(id);
    port?.close();
  }
}

interface RelayedPort {
  readonly connected: PromiseWithResolvers<FramePort | undefined>;
  readonly closed: PromiseWithResolvers<undefined>;
  receive: (frame: Uint8Array) => void;
}

/** The trainer's end. */
export class RelayedGpu {
  readonly #send: Send;
  readonly #ports = new Map<number, RelayedPort>();
  #lastId = 0;
  #isBroken = false;

  constructor(send: Send) {
    this.#send = send;
  }

  readonly connect: ConnectFrames = () => {
    if (this.#isBroken) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    const port: RelayedPort = {
      connected: Promise.withResolvers(),
      closed: Promise.withResolvers(),
      receive: () => undefined,
    };
    this.#ports.set(id, port);
    this.#send({ kind: 'gpu-connect', id });
    return port.connected.promise;
  };

  receive(message: GpuRelayMessage): void {
    const { kind, id } = message;
    const port = this.#ports.get(id);
    if (port === undefined) return;
    if (kind === 'gpu-connected') port.connected.resolve(this.#portOf(id, port));
    else if (kind === 'gpu-frame') port.receive(message.frame);
    else this.#end(id);
  }

  /** The channel has broken, and with it every port through it. */
  break(): void {
    this.#isBroken = true;
    for (const id of [...this.#ports.keys()]) this.#end(id);
  }

  #end(id: number): void {
    const port = this.#ports.get(id);
    this.#ports.delete(id);
    port?.connected.resolve(undefined);
    port?.closed.resolve(undefined);
  }

  #portOf(id: number, port: RelayedPort): FramePort {
    return {
      closed: port.closed.promise,
      send: (frame) => {
        if (this.#ports.has(id)) this.#send({ kind: 'gpu-frame', id, frame });
      },
      onMessage: (listener) => {
        port.receive = listener;
      },
      close: () => {
        if (!this.#ports.has(id)) return;
        this.#send({ kind: 'gpu-closed', id });
        this.#end(id);
      },
    };
  }
}
