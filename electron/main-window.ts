/**
 * The one window. Not what is in it. Convention: it is isolated as far as Electron allows, and shown when its first frame
 * is ready.
 */
import { BrowserWindow, screen } from 'electron';
import { addressFor } from './page-address.ts';
import { RecentDeaths } from './recent-deaths.ts';
import { securePreferences } from './secure-preferences.ts';
import type { ShellMemory } from './shell-memory.ts';
import { boundsFor, smallestWindow } from './window-bounds.ts';

/** Of the window's dark theme, so that nothing flashes. */
const background = '#131519';
/** In a minute; then it is not reloaded. */
const mostDeaths = 3;

export interface WindowOptions {
  readonly preload: string;
  readonly isPackaged: boolean;
  readonly memory: ShellMemory;
  /** To be opened at the start. */
  readonly folder: string | undefined;
  /** @returns whether it may close now */
  readonly mayClose: () => boolean;
  readonly onDying: (how: string, count: number) => void;
}

export function openMainWindow(options: WindowOptions): BrowserWindow {
  const { memory, folder } = options;
  const screens = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea);
  const { isMaximized = false, ...bounds } = boundsFor(memory.bounds, screens);
  const window = new BrowserWindow({
    ...bounds,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    title: 'Mambrush',
    backgroundColor: background,
    show: false,
    webPreferences: securePreferences(options.preload, options.isPackaged),
  });
  window.once('ready-to-show', () => {
    if (isMaximized) window.maximize();
    window.show();
  });
  window.on('close', (event) => {
    memory.bounds = { ...window.getNormalBounds(), isMaximized: window.isMaximized() };
    if (!options.mayClose()) event.preventDefault();
  });
  reloadWhenItDies(window, options.onDying);
  void window.loadURL(addressFor(folder));
  return window;
}

function reloadWhenItDies(window: BrowserWindow, onDying: WindowOptions['onDying']): void {
  const deaths = new RecentDeaths();
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return;
    deaths.add();
    if (deaths.count < mostDeaths) window.webContents.reload();
    else onDying(reason, deaths.count);
  });
}
