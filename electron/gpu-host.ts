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

interface Page {
  readonly window: BrowserWindow;
  /** Resolves when the page is ready, or has died before. */
  readonly ready: PromiseWithResolvers<undefined>;
}

export class GpuHost {
  readonly #preload: string;
  readonly #options: Required<GpuHostOptions>;
  /** A symbol for each request whose port is not closed yet. */
  readonly #clients = new Set<symbol>();
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
    const clients = new Map<number, symbol>();
    let hasEnded = false;
    child.on('message', (request: ShellRequest) => {
      if (request.kind === 'gpu-port-closed') {
        this.#leave(clients.get(request.id));
        clients.delete(request.id);
      } else if (request.kind === 'gpu-port') {
        const { id } = request;
        const client = Symbol(id);
        clients.set(id, client);
        void this.#connect(client).then((port) => {
          const answer: GpuPortAnswer = { kind: 'gpu-port', id };
          if (!hasEnded) child.postMessage(answer, port === undefined ? [] : [port]);
        });
      }
    });
    child.on('exit', () => {
      hasEnded = true;
      for (const client of clients.values()) this.#leave(client);
    });
  }

  /** For good; requests that wait are answered. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  async #connect(client: symbol): Promise<MessagePortMain | undefined> {
    if (this.#isClosed || this.#deaths.count >= mostDeaths) return undefined;
    clearTimeout(this.#idle);
    this.#clients.add(client);
    const page = (this.#page ??= this.#open());
    await page.ready.promise;
    if (this.#page !== page || !this.#clients.has(client)) return undefined;
    const { port1, port2 } = new MessageChannelMain();
    sendGpuPort(page.window.webContents, port1);
    return port2;
  }

  #leave(client: symbol | undefined): void {
    if (client === undefined || !this.#clients.delete(client) || this.#clients.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), this.#options.idleMilliseconds);
  }

  #open(): Page {
    const window = new BrowserWindow({
      show: false,
      skipTaskbar: true,
      webPreferences: { ...securePreferences(this.#preload, this.#options.isPackaged), backgroundThrottling: false },
    });
    const page: Page = { window, ready: Promise.withResolvers() };
    const died = (): void => {
      if (this.#page !== page) return;
      this.#deaths.add();
      this.#end();
    };
    const { webContents: contents } = window;
    const impatience = setTimeout(died, this.#options.patienceMilliseconds);
    void page.ready.promise.then(() => clearTimeout(impatience));
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('render-process-gone', died);
    // The page closes itself where its Worker fails.
    window.on('closed', died);
    onGpuHostReady(contents, () => page.ready.resolve(undefined));
    window.loadURL(gpuHostAddress).catch(died);
    return page;
  }

  /** With the page its ports are closed, which the other ends notice. */
  #end(): void {
    clearTimeout(this.#idle);
    const page = this.#page;
    this.#page = undefined;
    this.#clients.clear();
    page?.ready.resolve(undefined);
    if (page?.window.isDestroyed() === false) page.window.destroy();
  }
}
