/**
 * The hidden page that computes on graphics cards, as it is built, in Chromium with a simulated card; below the stand-in
 * for Electron. Not Electron. Convention: what its ports say is carried by playwright; there is one such page at a time.
 */
import type { MessagePort } from 'node:worker_threads';
import type { Browser, Page } from 'playwright-core';
import type { GpuHostBridge, GpuPortNotice } from '../../engine/contract/shell.ts';
import { electron } from '../electron/stand-in/electron.ts';
import type { BrowserWindow } from '../electron/stand-in/electron.ts';
import { appOrigin, serveAppScheme } from './app-scheme.ts';
import { fromText, toText } from './carried-values.ts';

const address = 'app://mambrush/gpu-host/gpu-host.html';

export interface HiddenPages {
  /** How many were made. */
  readonly made: () => number;
  readonly errors: readonly string[];
  /** The page's process dies, as the shell sees it. */
  readonly kill: () => Promise<void>;
}

/** @param preloaded where the preload posts to its page */
export async function showHiddenPages(browser: Browser, preloaded: EventTarget): Promise<HiddenPages> {
  await import('../../electron/bridge/gpu-host-preload.ts');
  const { sendReady } = electron.exposed.get('mambrushGpuHost') as GpuHostBridge;
  const errors: string[] = [];
  let made = 0;
  let shown: { readonly window: BrowserWindow; readonly page: Page; readonly ports: MessagePort[] } | undefined;
  const tellPage = (page: Page, ...values: readonly unknown[]): void => {
    // A closed page receives nothing.
    page.evaluate((told) => (globalThis as unknown as PageEnd).fromShell(told), toText(values)).catch(() => undefined);
  };
  electron.load = (window, loaded) => {
    if (loaded === address) void show(window);
  };
  preloaded.addEventListener('message', (event) => {
    const { data, ports: arrived } = event as unknown as { data: GpuPortNotice; ports: readonly MessagePort[] };
    const [port] = arrived;
    if (shown === undefined || port === undefined) return;
    const { page, ports } = shown;
    const number = ports.push(port) - 1;
    tellPage(page, 'notice', number, data);
    port.on('message', (message: unknown) => tellPage(page, 'message', number, message));
    port.on('close', () => tellPage(page, 'close', number, null));
  });

  async function show(window: BrowserWindow): Promise<void> {
    const page = await browser.newPage();
    const ports: MessagePort[] = [];
    shown = { window, page, ports };
    made++;
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
    window.on('closed', () => void page.close());
    await page.exposeFunction('toShell', (told: string) => {
      const [kind, number, message] = fromText(told) as ['ready' | 'message' | 'close', number, unknown];
      if (kind === 'ready') sendReady();
      else if (kind === 'message') ports[number]?.postMessage(message);
      else ports[number]?.close();
    });
    await page.addInitScript(`(${pageEnd.toString()})(${toText.toString()}, ${fromText.toString()})`);
    await serveAppScheme(page);
    await page.goto(address.replace('app://mambrush', appOrigin));
  }

  return {
    made: () => made,
    errors,
    kill: async () => {
      await shown?.page.close();
      shown?.window.webContents.crash();
    },
  };
}

interface PageEnd {
  fromShell(told: string): void;
  toShell(told: string): Promise<unknown>;
  postMessage(message: unknown, origin: string, ports: readonly unknown[]): void;
  mambrushGpuHost: GpuHostBridge;
}

/** Runs in the page, before its own scripts: the other end of what is above. Uses nothing but what it is given. */
function pageEnd(encode: typeof toText, decode: typeof fromText): void {
  const page = globalThis as unknown as PageEnd;
  const ports: InstanceType<typeof MessageChannel>['port1'][] = [];
  const tell = (...values: readonly unknown[]): void => void page.toShell(encode(values));
  page.fromShell = (told) => {
    const [kind, number, value] = decode(told) as [string, number, never];
    if (kind === 'message') ports[number]?.postMessage(value);
    else if (kind === 'close') ports[number]?.close();
    else {
      const { port1, port2 } = new MessageChannel();
      ports[number] = port2;
      port2.addEventListener('message', (event) => tell('message', number, (event as { data?: unknown }).data));
      port2.start();
      port2.addEventListener('close', () => tell('close', number));
      page.postMessage(value, '*', [port1]);
    }
  };
  page.mambrushGpuHost = { sendReady: () => tell('ready') };
}
