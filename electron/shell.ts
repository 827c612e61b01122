/**
 * The shell: puts window, menu, engine and system together. Nothing slow happens here. Convention: it quits when its one
 * window closes, unless a run is training and the user wants it to go on.
 */
import { join } from 'node:path';
import { app, shell as system } from 'electron';
import type { BrowserWindow } from 'electron';
import { answerWindow, sendCommand, sendNotice } from './bridge/answer-window.ts';
import type { ShellCommand, ShellPreferences } from '../engine/contract/shell.ts';
import { askAboutTraining, askAfterDeaths, choosePath } from './dialogs.ts';
import { EngineProcess } from './engine-process.ts';
import { GpuHost } from './gpu-host.ts';
import { links, lockDownPages, lockDownSession, openLink } from './lock-down.ts';
import { openMainWindow } from './main-window.ts';
import { setMenu } from './menu.ts';
import { openedFolder } from './opened-folder.ts';
import { registerPageScheme, servePage } from './page-protocol.ts';
import type { AppPaths } from './paths.ts';
import { ShellMemory } from './shell-memory.ts';
import { StayAwake } from './stay-awake.ts';
import { languageOf, wordsOf } from './words.ts';
import type { Words } from './words.ts';

/** Starts the application; where one runs already, hands over to it and ends. */
export function startShell(paths: AppPaths): void {
  app.setName('Mambrush');
  // What Windows knows the application by, as in electron-builder.yml.
  if (process.platform === 'win32') app.setAppUserModelId('org.mambrush.Mambrush');
  app.setPath('userData', shellFolder());
  const folder = openedFolder(process.argv.slice(app.isPackaged ? 1 : 2), process.cwd());
  if (!app.requestSingleInstanceLock({ folder })) {
    app.quit();
    return;
  }
  registerPageScheme();
  lockDownPages();
  // On Linux WebGPU is behind this switch, which keeps strangers' pages from untested drivers; only our own are opened here.
  // `--enable-features=Vulkan`, which changes how the window is drawn, is left to the command line.
  if (process.platform === 'linux') app.commandLine.appendSwitch('enable-unsafe-webgpu');
  const shell = new Shell(paths, folder);
  app.on('second-instance', (_event, _args, _cwd, other) => {
    const wanted = (other as { readonly folder?: unknown } | null)?.folder;
    shell.comeForward(typeof wanted === 'string' ? wanted : undefined);
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    shell.comeForward(path);
  });
  app.on('activate', () => shell.comeForward(undefined));
  // Whether to quit is decided when the one window closes; the hidden page that computes does not count.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', (event) => {
    if (!shell.mayQuit()) event.preventDefault();
  });
  void app.whenReady().then(() => shell.begin());
}

/** Beside the engine's preferences; MAMBRUSH_HOME names another folder for both. */
function shellFolder(): string {
  const home = process.env['MAMBRUSH_HOME'];
  if (home !== undefined) return join(home, 'shell');
  return join(app.getPath('appData'), process.platform === 'linux' ? 'mambrush' : 'Mambrush', 'shell');
}

class Shell {
  readonly #paths: AppPaths;
  readonly #engine: EngineProcess;
  readonly #gpuHost: GpuHost;
  readonly #stayAwake = new StayAwake();
  /** Read when the system's language is known. */
  #memory: ShellMemory | undefined;
  #window: BrowserWindow | undefined;
  /** To be opened when there is a window. */
  #folder: string | undefined;
  #runs = 0;
  /** The window is hidden until the run is done. */
  #trainsAlone = false;
  #state: 'running' | 'leaving' | 'left' = 'running';

  constructor(paths: AppPaths, folder: string | undefined) {
    this.#paths = paths;
    this.#folder = folder;
    this.#gpuHost = new GpuHost(paths, { isPackaged: app.isPackaged });
    this.#engine = new EngineProcess(paths, {
      onTraining: (runs) => this.#training(runs),
      onEnded: (engine) => {
        if (this.#window !== undefined) {
          sendNotice(this.#window.webContents, { kind: 'mambrush:engine-ended', engine });
        }
      },
      onGivenUp: (how) => void this.#engineGivenUp(how),
      onStarted: (started) => this.#gpuHost.serve(started),
    });
  }

  begin(): void {
    lockDownSession();
    servePage(this.#paths.window);
    answerWindow({
      connectEngine: (window) =>
        this.#engine.connect((port, engine) => sendNotice(window, { kind: 'mambrush:port', engine }, port)),
      preferences: (preferences) => this.#remember(preferences),
      choose: async (request) => this.#window && choosePath(this.#window, request),
    });
    this.#engine.start();
    this.#setMenu();
    this.#openWindow();
  }

  comeForward(folder: string | undefined): void {
    this.#trainsAlone = false;
    if (!app.isReady()) {
      this.#folder = folder ?? this.#folder;
      return;
    }
    if (this.#window === undefined) {
      this.#folder = folder;
      if (this.#state === 'running') this.#openWindow();
      return;
    }
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
    if (folder !== undefined) this.#send({ kind: 'open', folder });
  }

  /** False: it asks or saves first, and quits by itself afterwards. */
  mayQuit(): boolean {
    if (this.#state === 'running') void this.#leave();
    return this.#state === 'left';
  }

  get #remembered(): ShellMemory {
    return (this.#memory ??= new ShellMemory(join(app.getPath('userData'), 'shell.json'), {
      language: languageOf(app.getLocale()),
      keys: {},
      recent: [],
    }));
  }

  get #words(): Words {
    return wordsOf(this.#remembered.preferences.language);
  }

  #openWindow(): void {
    const window = openMainWindow({
      preload: this.#paths.preload,
      isPackaged: app.isPackaged,
      memory: this.#remembered,
      folder: this.#folder,
      // On a Mac an application lives on without a window.
      mayClose: () => process.platform === 'darwin' || this.mayQuit(),
      onDying: (how, count) => void this.#windowDying(how, count),
    });
    this.#folder = undefined;
    this.#window = window;
    window.on('closed', () => {
      this.#window = undefined;
      if (process.platform !== 'darwin') app.quit();
    });
  }

  #send(command: ShellCommand): void {
    if (this.#window === undefined) this.comeForward(command.kind === 'open' ? command.folder : undefined);
    else sendCommand(this.#window.webContents, command);
  }

  #remember(preferences: ShellPreferences): void {
    const [latest] = preferences.recent;
    if (latest !== undefined && latest !== this.#remembered.preferences.recent[0]) app.addRecentDocument(latest);
    this.#remembered.preferences = preferences;
    this.#setMenu();
  }

  #setMenu(): void {
    const { platform } = process;
    setMenu(
      this.#remembered.preferences,
      {
        send: (command) => this.#send(command),
        openFolder: () => void this.#openFolder(),
        about: () => this.#about(),
        // In a package it stands beside the archive, where other programs can read it.
        showLicence: () =>
          void system.openPath(app.isPackaged ? join(process.resourcesPath, 'licences') : this.#paths.licences),
        showNetwork: () => openLink(links.network),
      },
      { platform, isPackaged: app.isPackaged },
    );
  }

  async #openFolder(): Promise<void> {
    if (this.#window === undefined) this.comeForward(undefined);
    if (this.#window === undefined) return;
    const folder = await choosePath(this.#window, { kind: 'folder', title: this.#words.openTitle });
    if (folder !== undefined) this.#send({ kind: 'open', folder });
  }

  #about(): void {
    app.setAboutPanelOptions({
      applicationName: 'Mambrush',
      applicationVersion: app.getVersion(),
      version: `Electron ${process.versions.electron}, Node ${process.versions.node}`,
      copyright: 'MIT',
    });
    app.showAboutPanel();
  }

  #training(runs: number): void {
    this.#runs = runs;
    this.#stayAwake.while(runs > 0);
    if (runs === 0 && this.#trainsAlone) void this.#leave();
  }

  async #leave(): Promise<void> {
    this.#state = 'leaving';
    if (this.#runs > 0) {
      const answer = await askAboutTraining(this.#window, this.#words);
      // It may have ended while it was asked.
      const trainsOn = answer === 'train-on' && this.#runs > 0;
      if (answer === 'cancel' || trainsOn) {
        this.#state = 'running';
        this.#trainsAlone = trainsOn;
        if (trainsOn) this.#window?.hide();
        return;
      }
    }
    this.#window?.hide();
    await this.#engine.close();
    this.#gpuHost.close();
    this.#stayAwake.while(false);
    this.#state = 'left';
    app.quit();
  }

  async #engineGivenUp(how: string): Promise<void> {
    const { engineDies, engineDiesDetail, again, quit } = this.#words;
    const detail = engineDiesDetail.replace('{count}', '5').replace('{how}', how);
    if (await askAfterDeaths(this.#window, { message: engineDies, detail, again, quit })) this.#engine.start();
    else app.quit();
  }

  async #windowDying(how: string, count: number): Promise<void> {
    const { windowDies, windowDiesDetail, reload, quit } = this.#words;
    const detail = windowDiesDetail.replace('{count}', `${count}`).replace('{how}', how);
    const again = await askAfterDeaths(undefined, { message: windowDies, detail, again: reload, quit });
    if (again) this.#window?.webContents.reload();
    else app.quit();
  }
}
