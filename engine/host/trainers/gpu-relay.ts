/**
 * How a trainer below plain Node reaches the graphics cards that its engine can reach: the engine connects for it and hands
 * frames on, in both directions, over the channel between the two. Below a shell a trainer has ports of its own.
 * Convention: frames are handed on as they are; how many are on their way is bounded by who computes (`runsAhead`).
 */
import type { ConnectFrames, FramePort } from '../../compute/frame-port.ts';

/** `id`: of a way to a card, counted by the trainer. */
export type GpuRelayMessage =
  /** The trainer asks; the engine answers with one of the two that follow. */
  | { readonly kind: 'gpu-connect'; readonly id: number }
  | { readonly kind: 'gpu-connected'; readonly id: number }
  | { readonly kind: 'gpu-nobody'; readonly id: number }
  | { readonly kind: 'gpu-frame'; readonly id: number; readonly frame: Uint8Array }
  | { readonly kind: 'gpu-closed'; readonly id: number };

type Tell = (message: GpuRelayMessage) => void;

const kinds: ReadonlySet<string> = new Set<GpuRelayMessage['kind']>([
  'gpu-connect',
  'gpu-connected',
  'gpu-nobody',
  'gpu-frame',
  'gpu-closed',
]);

export function isRelayed(message: { readonly kind: string }): message is GpuRelayMessage {
  return kinds.has(message.kind);
}

/** The engine's end, for one trainer. */
export class GpuRelay {
  readonly #connect: ConnectFrames;
  readonly #tell: Tell;
  /** Those being connected have no port yet. */
  readonly #ports = new Map<number, FramePort | undefined>();

  constructor(connect: ConnectFrames, tell: Tell) {
    this.#connect = connect;
    this.#tell = tell;
  }

  receive(message: GpuRelayMessage): void {
    const { kind, id } = message;
    if (kind === 'gpu-connect') void this.#open(id);
    else if (kind === 'gpu-frame') this.#ports.get(id)?.send(message.frame);
    else if (kind === 'gpu-closed') this.#close(id);
  }

  /** The trainer has ended: what it had on a card is given up. */
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
      this.#tell({ kind: 'gpu-nobody', id });
      return;
    }
    this.#ports.set(id, port);
    this.#tell({ kind: 'gpu-connected', id });
    port.onMessage((frame) => this.#tell({ kind: 'gpu-frame', id, frame }));
    port.onClose(() => {
      if (this.#ports.delete(id)) this.#tell({ kind: 'gpu-closed', id });
    });
  }

  #close(id: number): void {
    const port = this.#ports.get(id);
    this.#ports.delete(id);
    port?.close();
  }
}

interface RelayedPort {
  readonly settle: (port: FramePort | undefined) => void;
  onMessage: (frame: Uint8Array) => void;
  onClose: () => void;
}

/** The trainer's end. */
export class RelayedGpu {
  readonly #tell: Tell;
  readonly #ports = new Map<number, RelayedPort>();
  #lastId = 0;
  #isBroken = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  readonly connect: ConnectFrames = () => {
    if (this.#isBroken) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((settle) => {
      this.#ports.set(id, { settle, onMessage: () => undefined, onClose: () => undefined });
      this.#tell({ kind: 'gpu-connect', id });
    });
  };

  receive(message: GpuRelayMessage): void {
    const { kind, id } = message;
    const port = this.#ports.get(id);
    if (port === undefined) return;
    if (kind === 'gpu-connected') port.settle(this.#portOf(id, port));
    else if (kind === 'gpu-frame') port.onMessage(message.frame);
    else this.#end(id, port);
  }

  /** The channel has broken, and with it every way through it. */
  break(): void {
    this.#isBroken = true;
    for (const [id, port] of this.#ports) this.#end(id, port);
  }

  #end(id: number, port: RelayedPort): void {
    this.#ports.delete(id);
    port.settle(undefined);
    port.onClose();
  }

  #portOf(id: number, port: RelayedPort): FramePort {
    return {
      send: (frame) => {
        if (this.#ports.has(id)) this.#tell({ kind: 'gpu-frame', id, frame });
      },
      onMessage: (listener) => void (port.onMessage = listener),
      onClose: (listener) => {
        port.onClose = listener;
        if (!this.#ports.has(id)) queueMicrotask(listener);
      },
      close: () => {
        if (!this.#ports.has(id)) return;
        this.#tell({ kind: 'gpu-closed', id });
        this.#end(id, port);
      },
    };
  }
}
