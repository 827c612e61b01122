import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShellCommand } from '../../engine/contract/shell.ts';
import { channels } from '../../electron/bridge/channels.ts';
import { startShell } from '../../electron/shell.ts';
import { openPage } from './page-stand-in.ts';
import type { PageStandIn } from './page-stand-in.ts';
import { app, becomeReady, electron, ipcMain, preventable, session } from './stand-in/electron.ts';
import type { BrowserWindow } from './stand-in/electron.ts';

const folder = mkdtempSync(join(tmpdir(), 'mambrush-shell-'));
const files = join(folder, 'window');
const photos = join(folder, 'photos & more');
const memoryFile = join(folder, 'home', 'shell', 'shell.json');
const received: ShellCommand[] = [];
let page: PageStandIn;
let window: BrowserWindow;

/** An engine that is there and says nothing, but asks for a graphics card when it is told to. */
const idle = join(folder, 'idle-process.mjs');

beforeAll(async () => {
  electron.load = () => undefined;
  process.env['MAMBRUSH_HOME'] = join(folder, 'home');
  mkdirSync(join(files, 'assets'), { recursive: true });
  mkdirSync(photos);
  writeFileSync(join(files, 'index.html'), '<!doctype html><title>here</title>');
  writeFileSync(join(files, 'assets', 'index-1.js'), 'export {};');
  writeFileSync(join(folder, 'private.html'), 'private');
  writeFileSync(
    idle,
    `process.parentPort.on('message', ({ data: { kind } }) => {
      if (kind === 'close') process.exit(0);
      if (kind === 'ask') process.parentPort.postMessage({ kind: 'gpu-port', id: 1 });
    });`,
  );
  startShell({
    preload: '/the/preload.cjs',
    gpuHostPreload: '/the/gpu-host-preload.cjs',
    window: files,
    engineProcess: idle,
    trainerProcess: idle,
    licences: '/the/licences',
  });
  await becomeReady();
  page = await openPage();
  page.bridge.onCommand((command) => received.push(command));
  window = electron.windows[0]!;
});

afterAll(() => {
  for (const { pid } of electron.processes) if (pid !== undefined) process.kill(pid, 'SIGKILL');
  delete process.env['MAMBRUSH_HOME'];
  rmSync(folder, { recursive: true, force: true });
});

describe('the window', () => {
  it('is closed in: isolated, sandboxed, without Node', () => {
    expect(electron.isSandboxed).toBe(true);
    expect(window.options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      preload: '/the/preload.cjs',
    });
  });

  it('is shown when there is something to see, on a ground that does not flash', () => {
    expect(window.options).toMatchObject({ show: false, backgroundColor: '#131519' });
    expect(window.isShown).toBe(false);
    window.emit('ready-to-show');
    expect(window.isShown).toBe(true);
  });

  it('is loaded anew when its page dies, until it does nothing else', async () => {
    const die = (): void => void window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    die();
    die();
    expect(window.webContents.reloads).toBe(2);
    electron.answers.push({ response: 0 });
    die();
    await expect.poll(() => window.webContents.reloads).toBe(3);
    expect(electron.asked.at(-1)).toMatchObject({ type: 'error', message: 'The window keeps ending' });
  });
});

describe('a page', () => {
  const address = 'app://mambrush/';
  const contents = () => window.webContents;

  it.each(['https://example.org/', 'file:///etc/passwd', 'app://elsewhere/', 'app://mambrush/assets/index-1.js', 'x'])(
    'may not leave for %s',
    (url) => {
      for (const kind of ['will-navigate', 'will-redirect']) {
        const event = preventable({ url });
        contents().emit(kind, event);
        expect([kind, event.prevented]).toEqual([kind, true]);
      }
    },
  );

  it('may be loaded anew', () => {
    const event = preventable({ url: `${address}?open=x` });
    contents().emit('will-navigate', event);
    expect(event.prevented).toBe(false);
  });

  it('gets no frames, no webviews, no windows, no downloads', () => {
    const frame = preventable({ url: address, isMainFrame: false });
    contents().emit('will-frame-navigate', frame);
    const webview = preventable({});
    contents().emit('will-attach-webview', webview);
    const download = preventable({});
    session.defaultSession.emit('will-download', download);
    expect([frame.prevented, webview.prevented, download.prevented]).toEqual([true, true, true]);
    expect(contents().openHandler?.({ url: 'https://example.org/' })).toEqual({ action: 'deny' });
    expect(electron.opened).toEqual([]);
    expect(contents().openHandler?.({ url: 'https://arxiv.org/abs/2403.20035' })).toEqual({ action: 'deny' });
    expect(electron.opened.splice(0)).toEqual(['https://arxiv.org/abs/2403.20035']);
  });

  it('gets no permission, no device, no network', () => {
    const ask = (name: string, ...values: readonly unknown[]): unknown =>
      (electron.policy.get(name) as (...values: readonly unknown[]) => unknown)(...values);
    let answer: unknown;
    const take = (given: unknown): void => void (answer = given);
    ask('request', contents(), 'media', take);
    expect(answer).toBe(false);
    expect([ask('check'), ask('device')]).toEqual([false, false]);
    ask('display', {}, take);
    expect(answer).toEqual({});
    const isCancelled = (url: string): unknown => {
      ask('network', { url }, take);
      return (answer as { cancel: boolean }).cancel;
    };
    expect(isCancelled(`${address}assets/index-1.js`)).toBe(false);
    for (const url of ['https://example.org/', 'http://127.0.0.1/', 'ws://localhost/', 'file:///etc/passwd', '']) {
      expect([url, isCancelled(url)]).toEqual([url, true]);
    }
  });

  it('whose certificate is wrong is not shown, whoever says so', () => {
    let accepted: unknown;
    const event = preventable({});
    app.emit('certificate-error', event, contents(), '', '', {}, (given: unknown) => (accepted = given));
    expect([event.prevented, accepted]).toEqual([true, false]);
  });
});

describe('the page’s own scheme', () => {
  const get = async (url: string, method = 'GET'): Promise<Response> =>
    electron.protocols.get('app')!(new Request(url, { method }));

  it('is a secure origin of its own, and no file', () => {
    expect(electron.schemes).toMatchObject([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
    expect(electron.schemes[0]?.privileges).not.toHaveProperty('bypassCSP');
    expect(window.webContents.mainFrame.url).toBe('app://mambrush/');
  });

  it('gives the window’s files, under the strict policy', async () => {
    const index = await get('app://mambrush/?open=%2Fphotos');
    expect([index.status, await index.text()]).toEqual([200, '<!doctype html><title>here</title>']);
    expect(index.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await get('app://mambrush/assets/index-1.js')).headers.get('content-type')).toContain('text/javascript');
  });

  it.each([
    'app://mambrush/../private.html',
    'app://mambrush/..%2fprivate.html',
    'app://mambrush/%2e%2e/private.html',
    'app://mambrush/assets/..%5c..%5cprivate.html',
    'app://mambrush//etc/passwd',
    'app://mambrush/assets/',
    'app://elsewhere/index.html',
  ])('has nothing at %s', async (url) => {
    expect((await get(url)).status).toBe(404);
  });

  it('is only read', async () => {
    expect((await get('app://mambrush/', 'POST')).status).toBe(404);
  });
});

describe('what the window asks of the shell', () => {
  it('is answered by the system’s dialogs', async () => {
    electron.answers.push(
      { canceled: false, filePaths: [photos] },
      { canceled: true, filePaths: [] },
      { canceled: false, filePath: join(folder, 'masks') },
    );
    const { chooseFolder, chooseFile, chooseSavePath } = page.bridge;
    expect(await chooseFolder('Open')).toBe(photos);
    expect(await chooseFile('Pick', ['.json'])).toBeUndefined();
    expect(await chooseSavePath('Save', 'masks')).toBe(join(folder, 'masks'));
    expect(electron.asked.slice(-3)).toMatchObject([
      { title: 'Open', properties: ['openDirectory', 'createDirectory'] },
      { title: 'Pick', properties: ['openFile'], filters: [{ extensions: ['json'] }] },
      { title: 'Save', defaultPath: 'masks' },
    ]);
  });

  it('is refused to any other page, and to frames in ours', async () => {
    const before = electron.asked.length;
    const sender = window.webContents;
    const question = { kind: 'folder', title: 'Open' };
    const frames = [
      { url: 'https://example.org/', parent: null },
      { url: 'app://mambrush.example/', parent: null },
      { url: 'app://mambrush/assets/index-1.js', parent: null },
      { url: 'app://mambrush/', parent: sender.mainFrame },
      null,
    ];
    for (const senderFrame of frames) {
      const event = { sender, senderFrame };
      await expect(ipcMain.answer(channels.choose, event, question)).rejects.toThrow('refused');
      ipcMain.emit(channels.preferences, event, { language: 'zh-CN', keys: {}, recent: [] });
      ipcMain.emit(channels.connectEngine, event);
    }
    expect(electron.asked.length).toBe(before);
    expect(labels()).toContain('File');
  });

  it.each([
    [{ kind: 'folder' }],
    [{ kind: 'file', title: 'Pick', endings: ['../x'] }],
    [{ kind: 'message', title: 'Hello' }],
    [{ kind: 'folder', title: 'Open', properties: ['openFile'] }],
    ['folder'],
  ])('is refused in words that are not the contract’s: %j', async (question) => {
    const sender = window.webContents;
    const event = { sender, senderFrame: sender.mainFrame };
    await expect(ipcMain.answer(channels.choose, event, question)).rejects.toThrow('refused');
  });
});

const labels = (): readonly (string | undefined)[] => electron.menu?.map(({ label }) => label) ?? [];

describe('the menu and what comes from outside', () => {
  it('follows the language, the keys and the recent projects of the preferences, also at the next start', () => {
    page.bridge.sendPreferences({ language: 'zh-CN', keys: { 'tool.brush': ['N'] }, recent: [photos] });
    expect(labels()).toContain('文件');
    expect(electron.recent).toEqual([photos]);
    const stored: unknown = JSON.parse(readFileSync(memoryFile, 'utf8'));
    expect(stored).toMatchObject({ preferences: { language: 'zh-CN', recent: [photos] } });
    page.bridge.sendPreferences({ language: 'en', keys: {}, recent: [photos] });
    expect(labels()).toContain('File');
    expect(electron.recent).toEqual([photos]);
  });

  it('sends a command’s id to the window', async () => {
    const tools = electron.menu?.find(({ id }) => id === 'menu.tools')
      ?.submenu as Electron.MenuItemConstructorOptions[];
    (tools.find(({ id }) => id === 'tool.brush')?.click as () => void)();
    await expect.poll(() => received.splice(0)).toEqual([{ kind: 'run', command: 'tool.brush' }]);
  });

  it('opens a folder that a second start names, and comes forward', async () => {
    window.isShown = false;
    app.emit('second-instance', {}, [], '/', { folder: photos });
    await expect.poll(() => received.splice(0)).toEqual([{ kind: 'open', folder: photos }]);
    expect(window.isShown).toBe(true);
    app.emit('second-instance', {}, [], '/', null);
    app.emit('second-instance', {}, [], '/', { folder: photos });
    // One that names nothing has sent nothing before this.
    await expect.poll(() => received.splice(0)).toEqual([{ kind: 'open', folder: photos }]);
  });

  it('opens a folder that is dropped onto the window, but none that a script made up', () => {
    const drop = (path: string, isTrusted: boolean): boolean => {
      const event = new Event('drop', { cancelable: true });
      Object.defineProperty(event, 'isTrusted', { value: isTrusted });
      page.page.dispatchEvent(Object.assign(event, { dataTransfer: { types: ['Files'], files: [{ path }] } }));
      return event.defaultPrevented;
    };
    expect(drop(photos, true)).toBe(true);
    expect(received.splice(0)).toEqual([{ kind: 'open', folder: photos }]);
    drop(photos, false);
    drop('', true);
    expect(received).toEqual([]);
  });
});

describe('the hidden page that computes', () => {
  const hidden = (): BrowserWindow | undefined => electron.windows.find((each) => each !== window);

  it('is not there before an engine asks for it', async () => {
    expect(hidden()).toBeUndefined();
    electron.processes[0]!.postMessage({ kind: 'ask' });
    await expect.poll(() => hidden()?.webContents.mainFrame.url).toBe('app://mambrush/gpu-host/gpu-host.html');
  });

  it('is closed in as the window is, never shown, and computes at full speed', () => {
    const { webPreferences, show } = hidden()!.options;
    expect(show).toBe(false);
    expect(webPreferences).toEqual({
      ...window.options.webPreferences,
      preload: '/the/gpu-host-preload.cjs',
      backgroundThrottling: false,
    });
  });

  it('goes nowhere, and nothing goes to it', () => {
    const addresses = ['app://mambrush/', 'app://mambrush/gpu-host/gpu-host.html', 'https://example.org/'];
    const isPrevented = (from: BrowserWindow, url: string): boolean => {
      const event = preventable({ url });
      from.webContents.emit('will-navigate', event);
      return event.prevented;
    };
    expect(addresses.map((url) => isPrevented(hidden()!, url))).toEqual([true, true, true]);
    expect(addresses.map((url) => isPrevented(window, url))).toEqual([false, true, true]);
  });

  it('is refused what the window may ask', async () => {
    const sender = hidden()!.webContents;
    const before = [electron.asked.length, electron.recent.length];
    const event = { sender, senderFrame: sender.mainFrame };
    await expect(ipcMain.answer(channels.choose, event, { kind: 'folder', title: 'x' })).rejects.toThrow('refused');
    ipcMain.emit(channels.preferences, event, { language: 'en', keys: {}, recent: ['/elsewhere'] });
    const received: unknown[] = [];
    sender.postMessage = (...values) => void received.push(values);
    ipcMain.emit(channels.connectEngine, event);
    expect([electron.asked.length, electron.recent.length]).toEqual(before);
    expect(received).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')('has WebGPU on Linux, where Chromium has to be told', () => {
    expect(electron.switches).toEqual(['enable-unsafe-webgpu']);
  });
});

describe('an engine that keeps dying', () => {
  it('is started again four times, then its person is asked', async () => {
    const before = electron.processes.length;
    for (let death = 1; death <= 5; death++) {
      await expect.poll(() => electron.processes.length).toBe(before + death - 1);
      const { pid } = electron.processes.at(-1)!;
      process.kill(pid!, 'SIGKILL');
    }
    electron.answers.push({ response: 0 });
    await expect.poll(() => electron.asked.at(-1)).toMatchObject({ message: 'The engine keeps ending' });
    await expect.poll(() => electron.processes.length).toBe(before + 5);
  });
});

describe('quitting', () => {
  it('ends the engine first, and the hidden page that computes, and remembers where the window was', async () => {
    electron.processes.at(-1)!.postMessage({ kind: 'ask' });
    await expect.poll(() => electron.windows.length).toBe(2);
    window.isMaximizedNow = true;
    window.close();
    expect(electron.hasQuit).toBe(false);
    await expect.poll(() => electron.hasQuit, { timeout: 10_000 }).toBe(true);
    expect(electron.processes.filter(({ pid }) => pid !== undefined)).toEqual([]);
    expect(electron.windows).toEqual([]);
    const { place } = JSON.parse(readFileSync(memoryFile, 'utf8')) as { place: unknown };
    expect(place).toMatchObject({ width: 1440, height: 900, isMaximized: true });
  });
});
