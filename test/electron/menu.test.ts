import { describe, expect, it } from 'vitest';
import type { ShellPreferences } from '../../engine/contract/shell.ts';
import { keyLabel } from '../../electron/accelerator.ts';
import { menuTemplate } from '../../electron/menu.ts';
import type { MenuActions } from '../../electron/menu.ts';
import { allCommands, defaultBindings } from '../../renderer/commands/catalogue.ts';
import type { CommandId } from '../../renderer/commands/catalogue.ts';

type Item = Electron.MenuItemConstructorOptions;

const sent: unknown[] = [];
const actions: MenuActions = {
  send: (command) => sent.push(command),
  openFolder: () => sent.push('open'),
  about: () => undefined,
  showLicence: () => undefined,
  showNetwork: () => undefined,
};
const usual: ShellPreferences = { language: 'en', keys: {}, recent: [] };

function itemsOf(preferences: Partial<ShellPreferences>, platform: NodeJS.Platform = 'linux'): readonly Item[] {
  const flat = (items: readonly Item[]): readonly Item[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])]);
  return flat(menuTemplate({ ...usual, ...preferences }, actions, { platform, isPackaged: true }));
}

const find = (items: readonly Item[], id: string): Item => items.find((item) => item.id === id)!;

describe.each(['en', 'zh-CN'] as const)('the menu in %s', (language) => {
  it.each(['linux', 'win32', 'darwin'] as const)(
    'has every command once, with its name and its key, on %s',
    (platform) => {
      const items = itemsOf({ language }, platform);
      for (const command of allCommands) {
        const found = items.filter(({ id }) => id === command);
        expect(found).toHaveLength(1);
        const [item] = found;
        expect(item?.label).not.toContain(command);
        const [key] = defaultBindings[command];
        const shown = item?.accelerator?.replace('CmdOrCtrl', 'Ctrl').replace(/Plus$/, '+') ?? item?.label;
        expect(shown).toContain(key);
      }
    },
  );
});

describe('the menu', () => {
  it('says a command’s id when it is chosen', () => {
    (find(itemsOf({}), 'edit.undo').click as () => void)();
    expect(sent.splice(0)).toEqual([{ kind: 'run', command: 'edit.undo' }]);
  });

  it('is in another language word by word', () => {
    const [english, chinese] = [itemsOf({}), itemsOf({ language: 'zh-CN' })];
    // Electron has these names itself, or they are alike everywhere.
    const alike = english.filter(({ label }, i) => label !== undefined && label === chinese[i]?.label);
    expect(alike.map(({ label }) => label)).toEqual(['100%']);
  });

  it('shows the keys as they were changed, and listens to none of the window’s', () => {
    const items = itemsOf({ keys: { 'tool.brush': ['Ctrl+B', 'N'], 'tool.eraser': [] } });
    expect(find(items, 'tool.brush').accelerator).toBe('CmdOrCtrl+B');
    expect(find(items, 'tool.eraser').accelerator).toBeUndefined();
    const listening = items.filter(
      ({ accelerator, registerAccelerator }) => accelerator && registerAccelerator !== false,
    );
    expect(listening.map(({ id }) => id)).toEqual(['file.open']);
    expect(Object.values(defaultBindings).flat()).not.toContain('Ctrl+O');
  });

  it('lists recent projects by name and folder', () => {
    const items = itemsOf({ recent: ['/data/cells & more'] });
    const [recent] = find(items, 'file.recent').submenu as Item[];
    expect(recent?.label).toBe('cells && more  —  /data');
    (recent?.click as () => void)();
    expect(sent.splice(0)).toEqual([{ kind: 'open', folder: '/data/cells & more' }]);
    expect(find(itemsOf({}), 'file.recent').enabled).toBe(false);
  });

  it('has its developer’s tools outside of a package alone', () => {
    const roles = (isPackaged: boolean): unknown =>
      menuTemplate(usual, actions, { platform: 'linux', isPackaged })
        .flatMap(({ submenu }) => submenu as Item[])
        .filter(({ role }) => role === 'toggleDevTools' || role === 'reload').length;
    expect([roles(true), roles(false)]).toEqual([0, 2]);
  });
});

describe('a key in the menu', () => {
  it.each([
    ['Ctrl+Shift+Z', 'CmdOrCtrl+Shift+Z'],
    ['Ctrl++', 'CmdOrCtrl+Plus'],
    ['Alt+ArrowLeft', 'Alt+Left'],
    ['F2', 'F2'],
    ['?', '?'],
  ])('%s is %s', (key, accelerator) => {
    expect(keyLabel(key, 'linux')).toEqual({ accelerator });
  });

  it('stands behind the name where a menu has no word for it', () => {
    expect(keyLabel('é', 'linux')).toEqual({ suffix: ' (é)' });
    expect(keyLabel(undefined, 'linux')).toEqual({});
  });

  it('stands behind the name on a Mac where the menu would take it from who is typing', () => {
    const [brush, undo] = ['tool.brush', 'edit.undo'] satisfies CommandId[];
    const items = itemsOf({}, 'darwin');
    expect(find(items, brush!)).toMatchObject({ label: 'Brush (B)' });
    expect(find(items, brush!).accelerator).toBeUndefined();
    expect(find(items, undo!).accelerator).toBe('CmdOrCtrl+Z');
  });
});
