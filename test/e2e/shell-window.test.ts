import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { connectInProcess } from '../../engine/host/in-process.ts';
import { electron } from '../electron/stand-in/electron.ts';
import { chromiumPath } from '../fixtures/chromium.ts';
import { openShellWindow } from './shell-window.ts';
import type { ShellWindow } from './shell-window.ts';

const sample = fileURLToPath(new URL('../../resources/sample/', import.meta.url));

type Item = Electron.MenuItemConstructorOptions;

function menuItem(id: string): Item {
  const flat = (items: readonly Item[]): readonly Item[] =>
    items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])]);
  return flat(electron.menu ?? []).find((item) => item.id === id)!;
}

const choose = (id: string): void => (menuItem(id).click as () => void)();

describe.skipIf(chromiumPath === undefined)('the window below its shell (needs Chromium)', () => {
  let shell: ShellWindow;
  let page: Page;
  let photos: string;

  beforeAll(async () => {
    shell = await openShellWindow();
    ({ page } = shell);
    photos = join(shell.folder, 'photos');
    cpSync(join(sample, 'images'), photos, { recursive: true });
  });

  afterEach(() => {
    expect(shell.pageErrors.splice(0)).toEqual([]);
  });

  afterAll(() => shell.close());

  it('opens the folder that the system’s dialog answers', async () => {
    electron.answers.push({ canceled: false, filePaths: [photos] });
    await page.getByRole('button', { name: 'Open a folder…' }).click();
    await page
      .getByRole('toolbar', { name: 'Tools' })
      .or(page.getByRole('main', { name: 'Gallery' }))
      .first()
      .waitFor();
    expect(electron.asked.at(-1)).toMatchObject({ properties: ['openDirectory', 'createDirectory'] });
    const recent = () => (menuItem('file.recent').submenu as Item[]).map(({ label }) => label);
    await expect.poll(recent).toEqual([`photos  —  ${shell.folder}`]);
    expect(electron.recent).toEqual([photos]);
  });

  it('does what the menu asks for', async () => {
    choose('window.gallery');
    await page.getByRole('main', { name: 'Gallery' }).waitFor();
    choose('window.annotate');
    await page.getByRole('main', { name: 'Annotate' }).waitFor();
    await page.locator('.scale').waitFor();
    choose('window.settings');
    await page.getByRole('dialog').waitFor();
    // Behind a dialog nothing changes.
    choose('window.gallery');
    await page.getByRole('combobox', { name: 'Language' }).selectOption('zh-CN');
    await expect.poll(() => electron.menu?.map(({ label }) => label)).toContain('文件');
    await page.getByRole('combobox', { name: '语言' }).selectOption('en');
    await expect.poll(() => electron.menu?.map(({ label }) => label)).toContain('File');
    await page.keyboard.press('Escape');
    await page.getByRole('main', { name: 'Annotate' }).waitFor();
  });

  it('goes on when the engine is killed, with what was painted', async () => {
    const box = (await page.locator('.canvas').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5);
    await page.mouse.up();
    await page.locator('button[title^="Undo"]:enabled, button[aria-label^="Undo"]:enabled').waitFor();
    await page.locator('.save[data-state=saved]').waitFor();
    const engines = () => electron.processes.filter(({ file }) => file.includes('utility-engine-process'));
    process.kill(engines().at(-1)!.pid!, 'SIGKILL');
    await page.getByText('The engine was restarted').waitFor();
    expect(engines()).toHaveLength(2);
    choose('window.gallery');
    await page.getByRole('main', { name: 'Gallery' }).waitFor();
    choose('window.annotate');
    await page.locator('.scale').waitFor();
    await shell.end();
    const engine = connectInProcess();
    try {
      const { project } = await engine.request('project.open', { folder: photos });
      const { images } = await engine.request('images.list', { project });
      const painted = await Promise.all(
        images.map(async ({ id: image }) => {
          const { data } = await engine.request('labels.read', { project, image });
          return data?.filter((label) => label === 1).length ?? 0;
        }),
      );
      expect(painted.filter((pixels) => pixels > 0)).toEqual([expect.toSatisfy((pixels: number) => pixels > 50)]);
    } finally {
      await engine.close();
    }
  });
});
