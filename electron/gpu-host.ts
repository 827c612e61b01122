/**
 * The hidden page that computes on graphics cards, for the processes below the shell: only a page has WebGPU in Electron.
 * Not what it computes. Convention: opened at the first request for a port, closed when no port has been in use for a while;
 * every request is answered, without a port where the page cannot be opened.
 */
import { BrowserWindow, MessageChannelMain } from 'electron';
import type { MessagePortMain, UtilityProcess } from 'electron';
import type { GpuPortAnswer, ShellRequest } from '../engine/contract/shell.ts';
import { onGpuHostReady, sendGpuPort } from './bridge/reach-gpu-host.ts';
import { gpuHostAddress } from './page-address.ts';
import type { AppPaths } from './paths.ts';
import { RecentDeaths } from './recent-deaths.ts';
import { securePreferences } from './secure-preferences.ts';

export interface GpuHostOptions {
  readonly isPackaged: boolean;
  /** How long a page may take until it is ready. */
  readonly patienceMilliseconds?: number;
  /** Without a port in use, until the page is closed: it costs some 60 MB, and opens anew within a second. */
  readonly idleMilliseconds?: number;
}

/** In a minute; then there is no page until the minute is over. */
const mostDeaths = 3;

/** One request for a port, until that port is closed. */
interface Client {
  readonly take: (port: MessagePortMain | undefined) => void;
}

interface Page {
  readonly window: BrowserWindow;
  isReady: boolean;
}

export class GpuHost {
  readonly #preload: string;
  readonly #options: Required<GpuHostOptions>;
  readonly #waiting = new Set<Client>();
  readonly #served = new Set<Client>();
  #page: Page | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #deaths = new RecentDeaths();
  #isClosed = false;

  constructor({ gpuHostPreload }: Pick<AppPaths, 'gpuHostPreload'>, options: GpuHostOptions) {
    this.#preload = gpuHostPreload;
    this.#options = { patienceMilliseconds: 10_000, idleMilliseconds: 60_000, ...options };
  }

  /** Answers this process's requests for ports, for as long as it lives. */
  serve(child: UtilityProcess): void {
    const leave = new Map<number, () => void>();
    let hasEnded = false;
    child.on('message', (request: ShellRequest) => {
      if (request.kind === 'gpu-port-closed') {
        leave.get(request.id)?.();
        leave.delete(request.id);
      } else if (request.kind === 'gpu-port') {
        const { id } = request;
        const take = (port: MessagePortMain | undefined): void => {
          const answer: GpuPortAnswer = { kind: 'gpu-port', id };
          if (!hasEnded) child.postMessage(answer, port === undefined ? [] : [port]);
        };
        leave.set(id, this.#connect(take));
      }
    });
    child.on('exit', () => {
      hasEnded = true;
      for (const each of leave.values()) each();
    });
  }

  /** For good; requests that wait are answered. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  /** @returns to be called when the port is no longer needed */
  #connect(take: Client['take']): () => void {
    const client: Client = { take };
    if (this.#isClosed || this.#deaths.count >= mostDeaths) {
      take(undefined);
      return () => undefined;
    }
    clearTimeout(this.#idle);
    this.#waiting.add(client);
    this.#page ??= this.#open();
    if (this.#page.isReady) this.#handOver(this.#page);
    return () => {
      const wasOpen = [this.#waiting.delete(client), this.#served.delete(client)].includes(true);
      if (wasOpen && this.#waiting.size + this.#served.size === 0) this.#rest();
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
    for (const client of this.#waiting) {
      this.#waiting.delete(client);
      this.#served.add(client);
      const { port1, port2 } = new MessageChannelMain();
      sendGpuPort(window.webContents, port1);
      client.take(port2);
    }
  }

  #died(page: Page): void {
    if (this.#page !== page) return;
    this.#deaths.add();
    this.#end();
  }

  #rest(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), this.#options.idleMilliseconds);
  }

  /** With the page its ports are closed, which the other ends notice. */
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
