import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { chromiumPath } from '../fixtures/chromium.ts';
import { writeBytes, writeDiscMask, writePicture } from '../fixtures/disc-pictures.ts';
import { seriousViolations } from './accessibility.ts';
import { startWorkstation } from './workstation.ts';
import type { Workstation } from './workstation.ts';

describe.skipIf(chromiumPath === undefined)('opening and importing in the window (needs Chromium)', () => {
  let station: Workstation;
  let page: Page;

  beforeAll(async () => {
    station = await startWorkstation();
    ({ page } = station);
  });

  afterEach(() => {
    expect(station.pageErrors.splice(0)).toEqual([]);
  });

  afterAll(() => station.close());

  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  const dialog = (name: string | RegExp): Locator => page.getByRole('dialog', { name });
  const isOpen = (name: string): Promise<void> => page.locator('.project', { hasText: name }).first().waitFor();

  async function closeProject(): Promise<void> {
    await button('Close project').click();
    await page.getByRole('heading', { name: 'Open images' }).waitFor();
  }

  async function images(folder: string) {
    const engine = station.connect();
    const { project } = await engine.request('project.open', { folder });
    return (await engine.request('images.list', { project })).images;
  }

  it('offers the sample first to whoever is new, and comes back to it after a reload', async () => {
    await station.open();
    await button(/Open sample project/).waitFor();
    expect(await page.locator('.big').first().innerText()).toContain('sample');
    expect(await seriousViolations(page)).toEqual([]);
    await button(/Open sample project/).click();
    await isOpen('sample');
    expect(existsSync(join(station.folder, 'Mambrush', 'sample', 'images'))).toBe(true);
    const labelled = (await images(join(station.folder, 'Mambrush', 'sample'))).filter((image) => image.labelled);
    expect(labelled).toHaveLength(16);
    await page.keyboard.press('F2');
    await page.getByRole('listbox', { name: 'Images' }).waitFor();
    // What is remembered is written a moment later.
    await expect.poll(() => readPreferences()).toContain('lastProject');
    await page.reload();
    await isOpen('sample');
    await page.getByRole('listbox', { name: 'Images' }).waitFor();
    await closeProject();
    await button(/^sample/).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });

  function readPreferences(): string {
    const file = join(station.folder, 'home', 'preferences.json');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  it('opens a folder without masks at once, chosen by keys alone, and names what was left out', async () => {
    const folder = join(station.folder, 'plain');
    for (let n = 0; n < 3; n++) await writePicture(join(folder, `p${n}.png`), n);
    writeBytes(join(folder, 'notes.png'), 'this is a list of names');
    writeBytes(join(folder, 'cut.png'), readFileSync(join(folder, 'p0.png')).subarray(0, 200));
    await button(/Open a folder/).focus();
    await page.keyboard.press('Enter');
    await dialog('Open a folder of images').getByLabel('Path').fill(station.folder);
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'plain' }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.keyboard.press('p');
    await page.keyboard.press('Enter');
    await page.getByText('5 images in this folder').waitFor();
    await button('Choose “plain”').click();
    await isOpen('plain');
    await button('Show').click();
    const found = dialog('Import result');
    await found.getByText('2 files skipped').waitFor();
    expect(await found.innerText()).toMatch(/notes\.png[\s\S]*text|text[\s\S]*notes\.png/);
    expect(await found.innerText()).toMatch(/cut\.png[\s\S]*cut short/);
    await page.keyboard.press('Escape');
    expect(await images(folder)).toHaveLength(3);
    await closeProject();
  });

  it('shows what an import would do before it is done: matches, strays, wrong sizes, meanings', async () => {
    const folder = join(station.folder, 'masked');
    for (let n = 0; n < 4; n++) await writePicture(join(folder, 'images', `p${n}.png`), n);
    for (let n = 0; n < 2; n++) await writeDiscMask(join(folder, 'masks', `p${n}.png`), n);
    await writeDiscMask(join(folder, 'masks', 'p2.png'), 2, { width: 30, height: 30 });
    await writeDiscMask(join(folder, 'masks', 'stray.png'), 5);
    await station.open(folder);
    const preview = dialog('Open “masked”');
    await preview.getByText('4 found, 4 new').waitFor();
    expect(existsSync(join(folder, '.mambrush'))).toBe(false);
    expect(await preview.innerText()).toContain('3 of 4 match an image');
    expect(await preview.innerText()).toMatch(/1 file skipped[\s\S]*masks\/p2\.png/);
    expect(await preview.innerText()).toMatch(/1 mask without an image[\s\S]*masks\/stray\.png/);
    expect(await seriousViolations(page)).toEqual([]);
    await preview.getByLabel('Mask values').selectOption('index');
    await preview.getByText('4 found, 4 new').waitFor();
    await preview.getByLabel('Mask values').selectOption('binary');
    await preview.getByText('2 images will be labeled').waitFor();
    await button('Import and open').click();
    await isOpen('masked');
    expect((await images(folder)).map((image) => image.labelled)).toEqual([true, true, false, false]);
    expect(page.url()).not.toContain('open=');
  });

  it('takes labels from a COCO file into the open project, and new images of its folder', async () => {
    const folder = join(station.folder, 'masked');
    const coco = {
      images: [{ id: 1, file_name: 'p3.png', width: 64, height: 48 }],
      categories: [{ id: 1, name: 'spot' }],
      annotations: [{ id: 1, image_id: 1, category_id: 1, iscrowd: 0, area: 100, bbox: [5, 5, 10, 10] }].map(
        (entry) => ({ ...entry, segmentation: [[5, 5, 15, 5, 15, 15, 5, 15]] }),
      ),
    };
    writeBytes(join(station.folder, 'elsewhere', 'spots.json'), JSON.stringify(coco));
    await page.keyboard.press('F2');
    await button('Import masks…').click();
    const preview = dialog('Import into “masked”');
    await preview.getByText('Nothing new to import.').waitFor();
    await preview.getByLabel('COCO or labelme').check();
    await button('Choose a file…').click();
    await page.getByLabel('Path').fill(join(station.folder, 'elsewhere'));
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'spots.json' }).dblclick();
    await preview.getByText('1 image will be labeled').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await preview.getByRole('button', { name: 'Import', exact: true }).click();
    await preview.waitFor({ state: 'detached' });
    expect((await images(folder))[3]?.labelled).toBe(true);

    await writePicture(join(folder, 'images', 'p9.png'), 9);
    rmSync(join(folder, 'images', 'p0.png'));
    await button('Rescan folder').click();
    await page.getByRole('option', { name: /p9\.png/ }).waitFor();
    await page.getByRole('option', { name: /p0\.png.*file missing/ }).waitFor();
    await closeProject();
  });

  it('says what is wrong with a folder that has no images or is gone, and goes on', async () => {
    const empty = join(station.folder, 'empty');
    writeBytes(join(empty, 'table.csv'), '1,2');
    await station.open(empty);
    await dialog('Open “empty”')
      .getByText(/has no images that can be read.*1 \.csv/)
      .waitFor();
    expect(await dialog('Open “empty”').getByRole('button', { name: 'Open without labels' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');

    rmSync(join(station.folder, 'plain'), { recursive: true });
    await station.open(join(station.folder, 'plain'));
    await page.getByText(/plain is not there/).waitFor();
    await page.getByText('Folder not found.').waitFor();
    await button('Remove plain from the list').click();
    await expect.poll(() => button(/^plain/).count()).toBe(0);
    await button('Undo').click();
    await button(/^plain/).waitFor();
    expect(readdirSync(station.folder)).not.toContain('plain');
    writeFileSync(join(station.folder, 'home', 'preferences.json'), 'damaged');
    await station.open();
    await button(/Open sample project/).waitFor();
  });
});
