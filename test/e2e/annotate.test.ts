import { cpSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import { chromiumPath } from '../fixtures/chromium.ts';
import { seriousViolations } from './accessibility.ts';
import { startWorkstation } from './workstation.ts';
import type { Workstation } from './workstation.ts';

describe.skipIf(chromiumPath === undefined)('painting in the window (needs Chromium)', () => {
  let station: Workstation;
  let page: Page;
  let project: string;
  let engine: EngineConnection;

  beforeAll(async () => {
    station = await startWorkstation();
    ({ page } = station);
    ({ project, engine } = await station.importSample());
    await open();
  });

  afterEach(() => {
    expect(station.pageErrors.splice(0)).toEqual([]);
  });

  afterAll(() => station.close());

  async function open(): Promise<void> {
    await station.open(project);
    await page.getByRole('toolbar', { name: 'Tools' }).waitFor();
    await page.locator('.canvas').waitFor();
    await page.locator('.scale').waitFor();
  }

  const saved = (): Promise<void> => page.locator('.save[data-state=saved]').waitFor();

  /** From one place to another, as shares of the canvas. */
  async function drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const box = (await page.locator('.canvas').boundingBox())!;
    const at = ([x, y]: readonly [number, number]) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(from));
    await page.mouse.down();
    await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
    await page.mouse.move(...at(to));
    await page.mouse.up();
  }

  async function labels(): Promise<{ image: number; data: Uint8Array }> {
    const name = await page.locator('.path').innerText();
    const { images } = await engine.request('images.list', { project });
    const image = images.find(({ path }) => path === name)!.id;
    const { data } = await engine.request('labels.read', { project, image });
    return { image, data: data ?? new Uint8Array() };
  }

  const differing = (a: Uint8Array, b: Uint8Array): number =>
    a.reduce((sum, value, i) => sum + Number(value !== b[i]), 0);

  it('a stroke is on the disk when the sign says so, and undo takes it back, also after a restart', async () => {
    const before = await labels();
    await page.keyboard.press('b');
    await drag([0.4, 0.9], [0.6, 0.9]);
    await saved();
    const first = await labels();
    expect(differing(before.data, first.data)).toBeGreaterThan(50);
    await drag([0.4, 0.2], [0.6, 0.2]);
    await saved();
    const second = await labels();
    expect(differing(first.data, second.data)).toBeGreaterThan(50);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => differing((await labels()).data, first.data)).toBe(0);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(async () => differing((await labels()).data, second.data)).toBe(0);

    await open();
    await page.keyboard.press('Control+z');
    await expect.poll(async () => differing((await labels()).data, first.data)).toBe(0);
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await expect.poll(async () => differing((await labels()).data, before.data)).toBe(0);
  });

  it('what was released is not lost when the engine is killed, and the window says so and goes on', async () => {
    const before = await labels();
    await page.keyboard.press('b');
    await drag([0.3, 0.3], [0.5, 0.35]);
    await saved();
    const released = await labels();
    process.kill(await station.enginePid(), 'SIGKILL');
    // Painting goes on while nobody answers.
    await drag([0.5, 0.7], [0.7, 0.75]);
    await page.getByText('The engine was restarted').waitFor();
    await saved();
    await expect
      .poll(async () => differing((await labels()).data, released.data), { timeout: 10_000 })
      .toBeGreaterThan(50);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => differing((await labels()).data, released.data)).toBe(0);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => differing((await labels()).data, before.data)).toBe(0);
  });

  it('a stroke on an image that was left at once is saved, and until then not said to be', async () => {
    const before = await labels();
    await page.keyboard.press('b');
    process.kill(await station.enginePid(), 'SIGKILL');
    await drag([0.3, 0.6], [0.5, 0.65]);
    await page.keyboard.press('d');
    await page.locator('.save:not([data-state=saved])').waitFor();
    await page.getByText('The engine was restarted').first().waitFor();
    await saved();
    const { data } = await engine.request('labels.read', { project, image: before.image });
    expect(differing(before.data, data!)).toBeGreaterThan(50);
    await page.keyboard.press('a');
    await expect.poll(async () => (await labels()).image).toBe(before.image);
    await page.keyboard.press('Control+z');
    await expect.poll(async () => differing((await labels()).data, before.data)).toBe(0);
  });

  it('an image is done: what was left is background, and the next that is not done is shown', async () => {
    const open = (state: string): Promise<void> =>
      page
        .getByRole('listbox')
        .getByRole('option', { name: new RegExp(state) })
        .first()
        .click();
    await open('Unlabeled');
    await expect.poll(async () => (await labels()).data.length).toBe(0);
    const { image } = await labels();
    await page.locator(`.canvas[data-shown="${image}"]`).waitFor();
    await drag([0.45, 0.45], [0.5, 0.5]);
    await saved();
    await page.keyboard.press('Control+Enter');
    await expect.poll(async () => (await labels()).image).not.toBe(image);
    const { data } = await engine.request('labels.read', { project, image });
    expect([...new Set(data)].sort()).toEqual([0, 1]);
    const { images } = await engine.request('images.list', { project });
    expect(images.find(({ id }) => id === image)?.state).toBe('done');
  });

  it('has nothing that keeps anybody out', async () => {
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Edit object' }).click();
    expect(await seriousViolations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    for (const key of ['?', 'Control+,']) {
      await page.locator('.canvas').focus();
      await page.keyboard.press(key);
      await page.getByRole('dialog').waitFor();
      expect(await seriousViolations(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
  });

  it('is told by keys: tools, classes, images, hiding', async () => {
    for (const [key, name] of [
      ['e', 'Eraser'],
      ['p', 'Polygon'],
      ['l', 'Lasso'],
      ['r', 'Rectangle'],
      ['o', 'Ellipse'],
      ['f', 'Fill'],
      ['w', 'Magic wand'],
      ['h', 'Pan'],
      ['b', 'Brush'],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole('button', { name, exact: true, pressed: true }).waitFor();
    }
    await page.keyboard.press('q');
    await page.getByRole('button', { name: /^Background/, pressed: true }).waitFor();
    await page.keyboard.press('1');
    await page.getByRole('button', { name: /^object/, pressed: true }).waitFor();
    const first = await page.locator('.path').innerText();
    await page.keyboard.press('d');
    await expect.poll(() => page.locator('.path').innerText()).not.toBe(first);
    await page.keyboard.press('a');
    await expect.poll(() => page.locator('.path').innerText()).toBe(first);
    await page.keyboard.press('v');
    await expect.poll(() => page.getByLabel('Hide mask').isChecked()).toBe(true);
    await page.keyboard.press('v');
    await expect.poll(() => page.getByLabel('Hide mask').isChecked()).toBe(false);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('classes are added, renamed, merged and removed, with a way back, and the mask follows', async () => {
    const count = (data: Uint8Array, value: number): number => data.filter((pixel) => pixel === value).length;
    await page.getByLabel('New class').fill('crack');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: /^crack/, pressed: true }).waitFor();
    await page.locator('.canvas').focus();
    await page.keyboard.press('r');
    await drag([0.45, 0.45], [0.55, 0.55]);
    await saved();
    const painted = await labels();
    const index = (await engine.request('classes.list', { project })).classes.find(
      ({ name }) => name === 'crack',
    )!.index;
    expect(count(painted.data, index)).toBeGreaterThan(500);
    await page.getByRole('button', { name: 'Edit crack' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('fissure');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Edit fissure' }).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(async () => count((await labels()).data, index)).toBe(0);
    await page.getByRole('status', { name: 'Notices' }).getByRole('button', { name: 'Undo' }).click();
    await expect.poll(async () => count((await labels()).data, index)).toBe(count(painted.data, index));
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+z');
    await saved();
  });

  it('tool, brush and image are as they were after a reload', async () => {
    await page.keyboard.press('d');
    await page.keyboard.press('l');
    await page.getByRole('button', { name: 'Lasso', pressed: true }).waitFor();
    const path = await page.locator('.path').innerText();
    const stored = async (): Promise<unknown> => (await engine.request('view.read', { project })).values;
    await expect.poll(stored).toMatchObject({ annotate: { tool: 'lasso' }, image: (await labels()).image });
    await open();
    await page.getByRole('button', { name: 'Lasso', pressed: true }).waitFor();
    expect(await page.locator('.path').innerText()).toBe(path);
  });

  it('a folder of images alone can be painted on at once, and what is no image stops nothing', async () => {
    const folder = join(station.folder, 'photos');
    cpSync(join(project, 'images'), folder, { recursive: true });
    const [truncated = ''] = readdirSync(folder).slice(7);
    truncateSync(join(folder, truncated), 100);
    project = folder;
    await open();
    await page.getByRole('button', { name: /^Object/, pressed: true }).waitFor();
    await page.keyboard.press('b');
    await drag([0.4, 0.4], [0.6, 0.6]);
    await saved();
    expect(new Set((await labels()).data)).toEqual(new Set([1, 255]));
    const { images } = await engine.request('images.list', { project });
    expect(images.map(({ path }) => path)).not.toContain(truncated);
  });
});
