/**
 * The windows that lend their browser's graphics cards: each keeps one spare socket open, which is taken for computing there;
 * then it opens the next. Not what is said over them. Convention: the window that came last is taken first; one that has just
 * closed, as when it is reloaded, is waited for.
 */
import type { RawData, WebSocket } from 'ws';
import type { ConnectFrames, FramePort } from '../../executors/remote/frame-port.ts';

export interface GpuHostPatience {
  /** How long a window, or a sign of life, is waited for, … */
  readonly waitMilliseconds: number;
  /** … a window only where there was one not longer ago than this. */
  readonly recentMilliseconds: number;
}

const usualPatience: GpuHostPatience = { waitMilliseconds: 3_000, recentMilliseconds: 60_000 };

export class GpuHosts {
  readonly #patience: GpuHostPatience;
  /** The latest last. */
  readonly #spare: WebSocket[] = [];
  readonly #waiting: ((socket: WebSocket) => void)[] = [];
  #lastPresent = -Infinity;

  constructor(patience: Partial<GpuHostPatience> = {}) {
    this.#patience = { ...usualPatience, ...patience };
  }

  /** A window's spare socket. */
  offer(socket: WebSocket): void {
    this.#notePresence();
    // Also of one that was taken: its window may be reloading.
    socket.on('close', () => {
      this.#notePresence();
      this.#leave(socket);
    });
    // A close follows.
    socket.on('error', () => undefined);
    const taker = this.#waiting.shift();
    if (taker !== undefined) {
      taker(socket);
      return;
    }
    this.#spare.push(socket);
    socket.once('message', () => {
      if (this.#spare.includes(socket)) socket.close(1002, 'nobody has asked yet');
    });
  }

  readonly connect: ConnectFrames = async () => {
    for (let spare = this.#spare.pop(); spare !== undefined; spare = this.#spare.pop()) {
      if (await this.#answers(spare)) return framesOver(spare);
      spare.terminate();
    }
    const next = await this.#next();
    return next && framesOver(next);
  };

  #notePresence(): void {
    this.#lastPresent = performance.now();
  }

  #leave(socket: WebSocket): void {
    const index = this.#spare.indexOf(socket);
    if (index >= 0) this.#spare.splice(index, 1);
  }

  /** A machine that sleeps, or has lost its network, closes no socket. */
  #answers(socket: WebSocket): Promise<boolean> {
    if (socket.readyState !== socket.OPEN) return Promise.resolve(false);
    return new Promise((settle) => {
      const end = (answered: boolean) => (): void => {
        clearTimeout(patience);
        socket.off('pong', onPong).off('close', onClose);
        settle(answered);
      };
      const [onPong, onClose] = [end(true), end(false)];
      const patience = setTimeout(onClose, this.#patience.waitMilliseconds);
      socket.on('pong', onPong).on('close', onClose);
      socket.ping();
    });
  }

  async #next(): Promise<WebSocket | undefined> {
    const { waitMilliseconds, recentMilliseconds } = this.#patience;
    if (performance.now() - this.#lastPresent > recentMilliseconds) return undefined;
    return new Promise((settle) => {
      const take = (socket: WebSocket): void => {
        clearTimeout(patience);
        settle(socket);
      };
      const patience = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        settle(undefined);
      }, waitMilliseconds);
      patience.unref();
      this.#waiting.push(take);
    });
  }
}

function framesOver(socket: WebSocket): FramePort {
  return {
    closed: new Promise<void>((settle) => {
      if (socket.readyState === socket.CLOSED) settle();
      else socket.once('close', () => settle());
    }),
    send: (frame) => {
      if (socket.readyState === socket.OPEN) socket.send(frame);
    },
    onMessage: (listener) => {
      socket.on('message', (data: RawData, isBinary: boolean) => {
        if (isBinary && data instanceof Uint8Array) listener(data);
        else socket.close(1002, 'that is no frame');
      });
    },
    close: () => socket.close(),
  };
}
