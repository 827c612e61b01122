/**
 * The windows that lend their browser's graphics cards: each keeps one spare socket open, which is taken by whoever wants
 * to compute there; then it opens the next. Not what is said over them. Convention: the window that came last is taken
 * first; one that has just gone, as when it is loaded anew, is waited for.
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
  #lastSeen = -Infinity;

  constructor(patience: Partial<GpuHostPatience> = {}) {
    this.#patience = { ...usualPatience, ...patience };
  }

  /** A window's spare socket. */
  offer(socket: WebSocket): void {
    this.#see();
    // Also of one that was taken: its window may be on its way back.
    socket.on('close', () => {
      this.#see();
      this.#leave(socket);
    });
    // The close that follows says all there is to say.
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

  #see(): void {
    this.#lastSeen = performance.now();
  }

  #leave(socket: WebSocket): void {
    const place = this.#spare.indexOf(socket);
    if (place >= 0) this.#spare.splice(place, 1);
  }

  /** A machine that sleeps, or whose network is gone, does not say so. */
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
    if (performance.now() - this.#lastSeen > recentMilliseconds) return undefined;
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
