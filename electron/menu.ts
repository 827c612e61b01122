/**
 * The menu: every command of the window with its key, and what only a shell can do. Not what a command does: its id is
 * sent to the window. Convention: built anew when the language, the keys or the recent projects change.
 */
import { basename, dirname } from 'node:path';
import { Menu } from 'electron';
import type { MenuItemConstructorOptions } from 'electron';
import type { ShellCommand, ShellPreferences } from '../engine/contract/shell.ts';
import { commandGroups } from '../renderer/commands/catalogue.ts';
import type { CommandGroup } from '../renderer/commands/catalogue.ts';
import { keyLabel } from './accelerator.ts';
import { commandWords, wordsOf } from './words.ts';
import type { Words } from './words.ts';

export interface MenuActions {
  readonly send: (command: ShellCommand) => void;
  readonly openFolder: () => void;
  readonly about: () => void;
  readonly showLicence: () => void;
  readonly showNetwork: () => void;
}

interface Surroundings {
  readonly platform: NodeJS.Platform;
  /** Tools for developers are of no use in a package. */
  readonly isPackaged: boolean;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

export function setMenu(preferences: ShellPreferences, actions: MenuActions, surroundings: Surroundings): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(preferences, actions, surroundings)));
}

export function menuTemplate(
  { language, keys, recent }: ShellPreferences,
  actions: MenuActions,
  { platform, isPackaged }: Surroundings,
): MenuItemConstructorOptions[] {
  const words = wordsOf(language);
  const names = commandWords(language);
  const isMac = platform === 'darwin';
  const reload = { label: words.reload, role: 'reload' } as const;
  const developerTools = { label: words.tools, role: 'toggleDevTools' } as const;

  const commandItem = (id: string, usual: readonly string[]): MenuItemConstructorOptions => {
    const { accelerator, suffix = '' } = keyLabel((keys[id] ?? usual)[0], platform);
    return {
      id,
      label: nameOf(names, id) + suffix,
      ...(accelerator !== undefined && { accelerator, registerAccelerator: false }),
      click: () => actions.send({ kind: 'run', command: id }),
    };
  };
  const group = (name: CommandGroup): MenuItemConstructorOptions[] =>
    Object.entries<readonly string[]>(commandGroups[name]).map(([id, usual]) => commandItem(id, usual));
  const menu = (name: CommandGroup, more: MenuItemConstructorOptions[] = []): MenuItemConstructorOptions => ({
    id: `menu.${name}`,
    label: names.groups[name],
    submenu: [...group(name), ...more],
  });

  return [
    ...(isMac ? [macMenu(words, actions)] : []),
    fileMenu(words, recent, actions, isMac),
    menu('edit', [
      separator,
      { label: words.cut, role: 'cut' },
      { label: words.copy, role: 'copy' },
      { label: words.paste, role: 'paste' },
      { label: words.selectAll, role: 'selectAll' },
    ]),
    menu('view', [
      separator,
      { label: words.fullScreen, role: 'togglefullscreen' },
      ...(isPackaged ? [] : [separator, reload, developerTools]),
    ]),
    menu('images'),
    menu('classes'),
    menu('tools'),
    menu('training'),
    menu('window'),
    helpMenu(words, actions, isMac),
  ];
}

function macMenu(words: Words, { about }: MenuActions): MenuItemConstructorOptions {
  return {
    label: 'Mambrush',
    submenu: [
      { label: words.about, click: about },
      separator,
      { role: 'services' },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      { label: words.quit, role: 'quit' },
    ],
  };
}

function fileMenu(
  words: Words,
  recent: readonly string[],
  { send, openFolder }: MenuActions,
  isMac: boolean,
): MenuItemConstructorOptions {
  const folders = recent.map((folder): MenuItemConstructorOptions => ({
    // An ampersand would underline what follows it.
    label: `${basename(folder)}  —  ${dirname(folder)}`.replaceAll('&', '&&'),
    click: () => send({ kind: 'open', folder }),
  }));
  return {
    id: 'menu.file',
    label: words.file,
    submenu: [
      { id: 'file.open', label: words.open, accelerator: 'CmdOrCtrl+O', click: openFolder },
      { id: 'file.recent', label: words.openRecent, submenu: folders, enabled: folders.length > 0 },
      ...(isMac ? [] : [separator, { label: words.quit, role: 'quit' as const }]),
    ],
  };
}

function helpMenu(
  words: Words,
  { about, showLicence, showNetwork }: MenuActions,
  isMac: boolean,
): MenuItemConstructorOptions {
  return {
    id: 'menu.help',
    label: words.help,
    role: 'help',
    submenu: [
      { label: words.network, click: showNetwork },
      { label: words.licence, click: showLicence },
      ...(isMac ? [] : [separator, { label: words.about, click: about }]),
    ],
  };
}

/** 'tool.brush' stands in the list as `tool: { brush }`. */
function nameOf(names: object, id: string): string {
  const [family = '', member = ''] = id.split('.');
  const name = (names as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[family]?.[member];
  return typeof name === 'string' ? name : id;
}
