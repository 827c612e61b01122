/**
 * The hidden page that computes on graphics cards, for the processes below the shell: only a page has WebGPU in Electron.
 * Not what it computes, and no window to whoever counts windows. Convention: made at the first request for a port, gone when
 * nobody has had one for a while; a request is always answered, without a port where the page cannot be had.
 */
import { BrowserWindow, MessageChannelMain } from 'electron';
import type { MessagePortMain, UtilityProcess } from 'electron';
import type { GpuPortAnswer, ShellRequest } from '../engine/contract/shell.ts';
import { onGpuHostReady, sendGpuPort } from './bridge/reach-gpu-host.ts';
import { gpuHostAddress } from './page-address.ts';
import type { AppPaths } from './paths.ts';
import { securePreferences } from './secure-preferences.ts';

export interface GpuHostOptions {
  readonly isPackaged: boolean;
  /** Of a page that does not say that it is ready. */
  readonly patienceMilliseconds?: number;
  /** It costs some 60 MB; whoever trains next week makes a new one within a second. */
  readonly idleMilliseconds?: number;
}

/** A page that dies this often in a minute will go on dying: then there is none until the minute is over. */
const mostDeaths = 3;
const minute = 60_000;

/** Somebody who waits for a port, or has one. */
interface Asker {
  readonly take: (port: MessagePortMain | undefined) => void;
}

interface Page {
  readonly window: BrowserWindow;
  isReady: boolean;
}

export class GpuHost {
  readonly #preload: string;
  readonly #options: Required<GpuHostOptions>;
  readonly #waiting = new Set<Asker>();
  readonly #served = new Set<Asker>();
  #page: Page | undefined;
  #idle: NodeJS.Timeout | undefined;
  #deaths: number[] = [];
  #isClosed = false;

  constructor({ gpuHostPreload }: Pick<AppPaths, 'gpuHostPreload'>, options: GpuHostOptions) {
    this.#preload = gpuHostPreload;
    this.#options = { patienceMilliseconds: 10_000, idleMilliseconds: minute, ...options };
  }

  /** Answers what this process requests of the page, for as long as it lives. */
  serve(asking: UtilityProcess): void {
    const leave = new Map<number, () => void>();
    let hasEnded = false;
    asking.on('message', (request: ShellRequest) => {
      if (request.kind === 'gpu-port-closed') {
        leave.get(request.id)?.();
        leave.delete(request.id);
      } else if (request.kind === 'gpu-port') {
        const { id } = request;
        const take = (port: MessagePortMain | undefined): void => {
          const answer: GpuPortAnswer = { kind: 'gpu-port', id };
          if (!hasEnded) asking.postMessage(answer, port === undefined ? [] : [port]);
        };
        leave.set(id, this.#connect(take));
      }
    });
    asking.on('exit', () => {
      hasEnded = true;
      for (const each of leave.values()) each();
    });
  }

  /** Gone for good; who still waits is answered. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  /** @returns to be called when the port is no longer needed */
  #connect(take: Asker['take']): () => void {
    const asker: Asker = { take };
    if (this.#isClosed || this.#isDying()) {
      take(undefined);
      return () => undefined;
    }
    clearTimeout(this.#idle);
    this.#waiting.add(asker);
    this.#page ??= this.#open();
    if (this.#page.isReady) this.#handOver(this.#page);
    return () => {
      const wasHere = [this.#waiting.delete(asker), this.#served.delete(asker)].includes(true);
      if (wasHere && this.#waiting.size + this.#served.size === 0) this.#rest();
    };
  }

  #open(): Page {
    const window = new BrowserWindow({
      show: false,
      skipTaskbar: true,
      webPreferences: { ...securePreferences(this.#preload, this.#options.isPackaged), backgroundThrottling: false },
    });
    const page: Page = { window, isReady: false };
    const { webContents: contents } = window;
    const impatience = setTimeout(() => this.#died(page), this.#options.patienceMilliseconds);
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('render-process-gone', () => this.#died(page));
    // The page closes itself where its Worker fails.
    window.on('closed', () => {
      clearTimeout(impatience);
      this.#died(page);
    });
    onGpuHostReady(contents, () => {
      clearTimeout(impatience);
      page.isReady = true;
      if (this.#page === page) this.#handOver(page);
    });
    window.loadURL(gpuHostAddress).catch(() => this.#died(page));
    return page;
  }

  #handOver({ window }: Page): void {
    for (const asker of this.#waiting) {
      this.#waiting.delete(asker);
      this.#served.add(asker);
      const { port1, port2 } = new MessageChannelMain();
      sendGpuPort(window.webContents, port1);
      asker.take(port2);
    }
  }

  #died(page: Page): void {
    if (this.#page !== page) return;
    this.#deaths.push(Date.now());
    this.#end();
  }

  #isDying(): boolean {
    const now = Date.now();
    this.#deaths = this.#deaths.filter((at) => now - at < minute);
    return this.#deaths.length >= mostDeaths;
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), this.#options.idleMilliseconds);
  }

  /** With the page its ports are closed, which whoever has one notices. */
  #end(): void {
    clearTimeout(this.#idle);
    const page = this.#page;
    this.#page = undefined;
    if (page !== undefined && !page.window.isDestroyed()) page.window.destroy();
    this.#served.clear();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { take } of waiting) take(undefined);
  }
}
