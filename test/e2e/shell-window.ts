/**
 * The built window in Chromium with the real shell's bridge behind it, engine and trainers below the stand-in for Electron.
 * Not Electron. Convention: what Electron carries between page and shell is carried by playwright here, bytes as base64.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { Browser, Page } from 'playwright-core';
import { appPaths } from '../../electron/paths.ts';
import { startShell } from '../../electron/shell.ts';
import type { PortNotice, ShellBridge } from '../../engine/contract/shell.ts';
import { buildWindow } from '../../renderer/build-window.ts';
import { openPage } from '../electron/page-stand-in.ts';
import { becomeReady, electron } from '../electron/stand-in/electron.ts';
import { launchChromium } from '../fixtures/chromium.ts';
import { appOrigin, serveAppScheme } from './app-scheme.ts';
import { fromText, toText } from './carried-values.ts';

export interface ShellWindow {
  readonly folder: string;
  readonly page: Page;
  readonly pageErrors: string[];
  /** Ends the shell with its processes, as a power cut would. */
  end(): Promise<void>;
  close(): Promise<void>;
}

export async function openShellWindow(): Promise<ShellWindow> {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-shell-window-'));
  process.env['MAMBRUSH_HOME'] = join(folder, 'home');
  startShell({ ...appPaths, window: await buildWindow() });
  await becomeReady();
  const { bridge, page: preloaded } = await openPage();
  const browser: Browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en' });
  const pageErrors: string[] = [];
  page.on('pageerror', (error) => pageErrors.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(message.text());
  });
  await carryPorts(page, preloaded, bridge);
  await serveAppScheme(page);
  await page.goto(`${appOrigin}/`);
  const end = async (): Promise<void> => {
    for (const forked of electron.processes) {
      forked.removeAllListeners();
      const { pid } = forked;
      if (pid === undefined) continue;
      const ended = once(forked, 'exit');
      process.kill(pid, 'SIGKILL');
      await ended;
    }
  };
  return {
    folder,
    page,
    pageErrors,
    end,
    close: async () => {
      await browser.close();
      await end();
      delete process.env['MAMBRUSH_HOME'];
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function carryPorts(page: Page, preloaded: EventTarget, bridge: ShellBridge): Promise<void> {
  const ports: MessagePort[] = [];
  const tellPage = (...values: readonly unknown[]): void => {
    // A closed page receives nothing.
    page.evaluate((told) => (globalThis as unknown as PageEnd).fromShell(told), toText(values)).catch(() => undefined);
  };
  preloaded.addEventListener('message', (event) => {
    const { data, ports: arrived } = event as unknown as { data: PortNotice; ports: readonly MessagePort[] };
    const [port] = arrived;
    const number = port === undefined ? -1 : ports.push(port) - 1;
    tellPage('notice', number, data);
    port?.on('message', (message: unknown) => tellPage('message', number, message));
    port?.on('close', () => tellPage('close', number, null));
  });
  bridge.onCommand((command) => tellPage('command', -1, command));
  await page.exposeFunction('toShell', async (told: string) => {
    const [name, ...values] = fromText(told) as [keyof ShellBridge | 'port' | 'close', ...unknown[]];
    if (name === 'port') ports[values[0] as number]?.postMessage(values[1]);
    else if (name === 'close') ports[values[0] as number]?.close();
    else return (bridge[name] as (...values: readonly unknown[]) => unknown)(...values);
    return undefined;
  });
  await page.addInitScript(`(${pageEnd.toString()})(${toText.toString()}, ${fromText.toString()})`);
}

interface PageEnd {
  fromShell(told: string): void;
  toShell(told: string): Promise<unknown>;
  postMessage(message: unknown, origin: string, ports: readonly unknown[]): void;
  mambrush: ShellBridge;
}

/** Runs in the page, before its own scripts: the other end of `carryPorts`. Uses nothing but what it is given. */
function pageEnd(encode: typeof toText, decode: typeof fromText): void {
  const page = globalThis as unknown as PageEnd;
  const ports: InstanceType<typeof MessageChannel>['port1'][] = [];
  let onCommand: Parameters<ShellBridge['onCommand']>[0] = () => undefined;
  const call =
    (name: string) =>
    (...values: readonly unknown[]): Promise<never> =>
      page.toShell(encode([name, ...values])) as Promise<never>;
  page.fromShell = (told) => {
    const [kind, number, value] = decode(told) as [string, number, never];
    if (kind === 'message') ports[number]?.postMessage(value);
    else if (kind === 'close') ports[number]?.close();
    else if (kind === 'command') onCommand(value);
    else if (number === -1) page.postMessage(value, '*', []);
    else {
      const { port1, port2 } = new MessageChannel();
      ports[number] = port2;
      port2.addEventListener('message', (event) => void call('port')(number, (event as { data?: unknown }).data));
      port2.start();
      port2.addEventListener('close', () => void call('close')(number));
      page.postMessage(value, '*', [port1]);
    }
  };
  page.mambrush = {
    connectEngine: () => void call('connectEngine')(),
    chooseFolder: call('chooseFolder'),
    chooseFile: call('chooseFile'),
    chooseSavePath: call('chooseSavePath'),
    sendPreferences: (preferences) => void call('sendPreferences')(preferences),
    onCommand: (listener) => (onCommand = listener),
  };
}
