/**
 * A stand-in for the module `electron`, of which there is no binary here: as much of it as the shell uses. Real are the
 * processes, the ports and the cloning; the rest notes what it was told. Convention: `electron` holds what a test checks
 * and decides; a test file has one, since there is one application.
 */
import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';
import { MessageChannelStandIn } from './ports.ts';
import type { MessagePortStandIn } from './ports.ts';
import { UtilityProcessStandIn } from './utility-process.ts';

type Handler = (...values: never[]) => unknown;

interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const usualScreen: Area = { x: 0, y: 0, width: 1920, height: 1080 };

/** What a test checks, and what it decides. */
export const electron = {
  windows: [] as BrowserWindow[],
  processes: [] as UtilityProcessStandIn[],
  menu: undefined as readonly Electron.MenuItemConstructorOptions[] | undefined,
  recent: [] as string[],
  opened: [] as string[],
  schemes: [] as Electron.CustomScheme[],
  protocols: new Map<string, (request: Request) => Response | Promise<Response>>(),
  blockers: new Set<number>(),
  policy: new Map<string, Handler>(),
  /** Bridges, by name. */
  exposed: new Map<string, unknown>(),
  switches: [] as string[],
  /** Shows what a window loads. By itself nothing does, and the page that computes dies at once: there is no card. */
  load: (window: BrowserWindow, address: string): void => {
    if (address.endsWith('/gpu-host.html')) setImmediate(() => window.webContents.crash());
  },
  /** Of dialogs, in their order. */
  asked: [] as object[],
  answers: [] as object[],
  screens: [usualScreen] as readonly Area[],
  locale: 'en-GB',
  isFirst: true,
  hasQuit: false,
  isSandboxed: false,
  paths: new Map<string, string>(),
};

const ready = Promise.withResolvers<undefined>();
let isReady = false;

export async function becomeReady(): Promise<void> {
  isReady = true;
  ready.resolve(undefined);
  await ready.promise;
  await new Promise((settle) => setImmediate(settle));
}

/** An event that may be prevented. */
export function preventable<Rest extends object>(rest: Rest): Rest & { prevented: boolean; preventDefault(): void } {
  return {
    ...rest,
    prevented: false,
    preventDefault() {
      this.prevented = true;
    },
  };
}

class AppStandIn extends EventEmitter {
  readonly isPackaged = false;
  readonly commandLine = { appendSwitch: (name: string): void => void electron.switches.push(name) };
  readonly enableSandbox = (): void => void (electron.isSandboxed = true);
  readonly setName = (): void => undefined;
  readonly setPath = (name: string, path: string): void => void electron.paths.set(name, path);
  readonly getPath = (name: string): string => electron.paths.get(name) ?? `/nowhere/${name}`;
  readonly getLocale = (): string => electron.locale;
  readonly getVersion = (): string => '0';
  readonly requestSingleInstanceLock = (): boolean => electron.isFirst;
  readonly whenReady = (): Promise<undefined> => ready.promise;
  readonly isReady = (): boolean => isReady;
  readonly addRecentDocument = (path: string): void => void electron.recent.push(path);

  quit(): void {
    const event = preventable({});
    this.emit('before-quit', event);
    if (event.prevented) return;
    for (const window of [...electron.windows]) window.close();
    if (electron.windows.length === 0) electron.hasQuit = true;
  }
}
export const app = new AppStandIn();

export class WebContentsStandIn extends EventEmitter {
  readonly mainFrame = { url: '', parent: null };
  readonly ipc = new EventEmitter();
  reloads = 0;
  openHandler: ((details: { url: string }) => { action: string }) | undefined;
  readonly #ports: MessagePort[] = [];
  #isDestroyed = false;

  send(channel: string, ...values: readonly unknown[]): void {
    const cloned = structuredClone(values);
    setImmediate(() => ipcRenderer.emit(channel, { ports: [] }, ...cloned));
  }

  postMessage(channel: string, message: unknown, transfer: readonly MessagePortStandIn[] = []): void {
    const cloned = structuredClone(message);
    const ports = transfer.map(({ inner }) => inner);
    this.#ports.push(...ports);
    setImmediate(() => ipcRenderer.emit(channel, { ports }, cloned));
  }

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }

  reload(): void {
    this.reloads++;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  /** With the page's process its ports are gone. */
  crash(): void {
    for (const port of this.#ports.splice(0)) port.close();
    this.emit('render-process-gone', {}, { reason: 'crashed' });
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const port of this.#ports.splice(0)) port.close();
  }
}

export class BrowserWindow extends EventEmitter {
  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly webContents = new WebContentsStandIn();
  isShown = false;
  isMaximizedNow = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    electron.windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  loadURL(address: string): Promise<undefined> {
    this.webContents.mainFrame.url = address;
    electron.load(this, address);
    return Promise.resolve(undefined);
  }

  close(): void {
    const event = preventable({});
    this.emit('close', event);
    if (!event.prevented) this.destroy();
  }

  destroy(): void {
    if (this.isDestroyed()) return;
    electron.windows.splice(electron.windows.indexOf(this), 1);
    this.webContents.destroy();
    this.emit('closed');
    if (electron.windows.length === 0) app.emit('window-all-closed');
  }

  readonly show = (): void => void (this.isShown = true);
  readonly hide = (): void => void (this.isShown = false);
  readonly focus = (): void => undefined;
  readonly restore = (): void => undefined;
  readonly isMinimized = (): boolean => false;
  readonly isDestroyed = (): boolean => this.webContents.isDestroyed();
  readonly maximize = (): void => void (this.isMaximizedNow = true);
  readonly isMaximized = (): boolean => this.isMaximizedNow;
  readonly getNormalBounds = (): Area => {
    const { x = 0, y = 0, width = 0, height = 0 } = this.options;
    return { x, y, width, height };
  };
}

const ipcHandlers = new Map<string, (event: unknown, ...values: unknown[]) => unknown>();

class IpcMainStandIn extends EventEmitter {
  handle(channel: string, handler: (event: unknown, ...values: unknown[]) => unknown): void {
    ipcHandlers.set(channel, handler);
  }

  /** As Electron does it for an `invoke` of that sender. */
  async answer(channel: string, event: unknown, ...values: readonly unknown[]): Promise<unknown> {
    return ipcHandlers.get(channel)?.(event, ...structuredClone(values));
  }
}
export const ipcMain = new IpcMainStandIn();

/** The sender of what the preload sends: the window's page. */
function sender(): { sender: WebContentsStandIn; senderFrame: { url: string; parent: null } } {
  const contents = electron.windows[0]!.webContents;
  return { sender: contents, senderFrame: contents.mainFrame };
}

class IpcRendererStandIn extends EventEmitter {
  send(channel: string, ...values: readonly unknown[]): void {
    // With its window a page is gone too.
    if (electron.windows.length > 0) ipcMain.emit(channel, sender(), ...structuredClone(values));
    // There is one renderer for all pages here: whose page listens for this is meant.
    for (const { webContents } of [...electron.windows]) webContents.ipc.emit(channel, {}, ...structuredClone(values));
  }

  invoke(channel: string, ...values: readonly unknown[]): Promise<unknown> {
    return ipcMain.answer(channel, sender(), ...values);
  }
}
export const ipcRenderer = new IpcRendererStandIn();

export const contextBridge = {
  exposeInMainWorld: (name: string, bridge: unknown): void => void electron.exposed.set(name, bridge),
};
export const webUtils = { getPathForFile: (file: { readonly path?: string }): string => file.path ?? '' };

export const Menu = {
  buildFromTemplate: (template: readonly Electron.MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (menu: readonly Electron.MenuItemConstructorOptions[]): void => void (electron.menu = menu),
};

const answerOf = (question: object): Promise<object> => {
  electron.asked.push(question);
  return Promise.resolve(electron.answers.shift() ?? { canceled: true, filePaths: [], filePath: '', response: 0 });
};
const lastOf = (...values: readonly object[]): object => values.at(-1)!;
export const dialog = {
  showOpenDialog: (...values: readonly object[]) => answerOf(lastOf(...values)),
  showSaveDialog: (...values: readonly object[]) => answerOf(lastOf(...values)),
  showMessageBox: (...values: readonly object[]) => answerOf(lastOf(...values)),
};

export const powerSaveBlocker = {
  start: (): number => {
    const id = electron.blockers.size + 1;
    electron.blockers.add(id);
    return id;
  },
  stop: (id: number): void => void electron.blockers.delete(id),
};

export const protocol = {
  registerSchemesAsPrivileged: (schemes: readonly Electron.CustomScheme[]): void =>
    void electron.schemes.push(...schemes),
  handle: (scheme: string, handler: (request: Request) => Response): void =>
    void electron.protocols.set(scheme, handler),
};

class SessionStandIn extends EventEmitter {
  readonly #note = (name: string) => (handler: Handler) => void electron.policy.set(name, handler);
  readonly setPermissionRequestHandler = this.#note('request');
  readonly setPermissionCheckHandler = this.#note('check');
  readonly setDevicePermissionHandler = this.#note('device');
  readonly setDisplayMediaRequestHandler = this.#note('display');
  readonly webRequest = { onBeforeRequest: this.#note('network') };
}
export const session = { defaultSession: new SessionStandIn() };

export const shell = {
  openExternal: (address: string): Promise<void> => {
    electron.opened.push(address);
    return Promise.resolve();
  },
  openPath: (path: string): Promise<string> => {
    electron.opened.push(path);
    return Promise.resolve('');
  },
};

export const screen = {
  getPrimaryDisplay: () => ({ workArea: electron.screens[0] }),
  getAllDisplays: () => electron.screens.map((workArea) => ({ workArea })),
};

export const MessageChannelMain = MessageChannelStandIn;
export const utilityProcess = {
  fork: (file: string, _words: readonly string[], options: { readonly stdio?: string | readonly string[] }) => {
    const forked = new UtilityProcessStandIn(file, options.stdio);
    electron.processes.push(forked);
    return forked;
  },
};
