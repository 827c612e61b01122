import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import type { ImageInfo } from '../../engine/contract/images.ts';
import { chromiumPath } from '../fixtures/chromium.ts';
import { writeDiscMask } from '../fixtures/disc-pictures.ts';
import { seriousViolations } from './accessibility.ts';
import { startWorkstation } from './workstation.ts';
import type { Workstation } from './workstation.ts';

const many = 1500;
const plane = { width: 40, height: 30 };

/** Each of its own color, so that a picture in the page tells which image it is. */
const colorOf = (n: number): readonly [number, number, number] => [(n * 37) % 256, (n * 101) % 256, (n * 11) % 256];

async function writeColors(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let n = 0; n < many; n++) {
    const [r, g, b] = colorOf(n);
    await sharp({ create: { ...plane, channels: 3, background: { r, g, b } } })
      .png({ compressionLevel: 1 })
      .toFile(join(folder, `p${n}.png`));
  }
}

describe.skipIf(chromiumPath === undefined)('the gallery (needs Chromium)', () => {
  let station: Workstation;
  let page: Page;
  let project: string;
  let engine: EngineConnection;
  let grid: Locator;

  beforeAll(async () => {
    station = await startWorkstation();
    ({ page } = station);
    project = join(station.folder, 'many');
    await writeColors(join(project, 'images'));
    for (let n = 0; n < 40; n++) await writeDiscMask(join(project, 'masks', `p${n}.png`), n, plane);
    engine = station.connect();
    await engine.request('dataset.import', { folder: project });
    await station.open(project);
    await page.getByRole('button', { name: 'Gallery' }).click();
    grid = page.getByRole('listbox', { name: 'Images' });
    await grid.waitFor();
  });

  afterEach(() => {
    expect(station.pageErrors.splice(0)).toEqual([]);
  });

  afterAll(() => station.close());

  const cell = (name: string): Locator => page.getByRole('option', { name: new RegExp(`(^|/)${name}\\.png`) });
  const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
  /** Paths of the cells that are built, in order. */
  const cells = (those = ''): Promise<readonly string[]> =>
    page.evaluate<string[]>(`[...document.querySelectorAll('.cell${those}')].map((one) => one.title)`);
  const chosen = (): Promise<readonly string[]> => cells('[aria-selected=true]');
  const list = async (): Promise<readonly ImageInfo[]> => (await engine.request('images.list', { project })).images;

  /** The color in the middle of a cell's picture, as the page shows it. */
  async function shownColor(path: string): Promise<readonly number[]> {
    const image = `.cell[title="${path}"] img`;
    await page.locator(image).waitFor();
    return page.evaluate<number[]>(`(async () => {
      const image = document.querySelector('${image}');
      await image.decode();
      const context = new OffscreenCanvas(1, 1).getContext('2d');
      context.drawImage(image, image.naturalWidth / 2, image.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
    })()`);
  }

  it('builds only what is in view, of however many images, and shows each its own picture', async () => {
    expect(await page.locator('.gallery').innerText()).toContain('1,500 of 1,500');
    expect(await page.locator('.cell').count()).toBeLessThan(60);
    for (const share of [0.5, 1]) {
      await page.evaluate(`{
        const grid = document.querySelector('.grid');
        grid.scrollTo(0, ${share} * grid.scrollHeight);
      }`);
      const place = (await grid.boundingBox())!;
      const [x, y] = [place.x + place.width / 2, place.y + place.height / 2];
      // What is in the middle of the view is a cell: no gaps.
      await expect
        .poll(() => page.evaluate<string>(`document.elementFromPoint(${x}, ${y})?.closest('.cell')?.title ?? ''`))
        .toMatch(/p\d+\.png/);
    }
    const [first = ''] = await cells();
    const n = Number(/p(\d+)\.png/.exec(first)?.[1]);
    const color = await shownColor(first);
    colorOf(n).forEach((value, channel) => expect(Math.abs(value - (color[channel] ?? 999))).toBeLessThan(12));
    expect(await page.locator('.cell').count()).toBeLessThan(60);
  });

  it('searches, filters and sorts, and says how many there are', async () => {
    const search = page.getByLabel('Search by name');
    await search.fill('p14');
    await page.getByText('111 of 1,500').waitFor();
    await page.getByLabel('Sort by').selectOption('name');
    const names = async (): Promise<readonly string[]> => (await cells()).slice(0, 3);
    await expect.poll(names).toEqual(['images/p14.png', 'images/p140.png', 'images/p141.png']);
    await button('Ascending').click();
    await expect.poll(names).toEqual(['images/p1499.png', 'images/p1498.png', 'images/p1497.png']);
    await search.fill('no such image');
    await button('Show all').click();
    await button(/^Done/).click();
    await page.getByText('40 of 1,500').waitFor();
    await expect.poll(names).toEqual(['images/p39.png', 'images/p38.png', 'images/p37.png']);
    expect(await seriousViolations(page)).toEqual([]);
  });

  it('chooses by keys and pointer as lists of files do', async () => {
    await button('Descending').click();
    await cell('p2').click();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowDown');
    await expect.poll(async () => (await chosen()).length).toBeGreaterThan(1);
    const columns = (await chosen()).length - 1;
    expect(columns).toBeGreaterThan(2);
    expect(await chosen()).toEqual(Array.from({ length: columns + 1 }, (_, n) => `images/p${3 + n}.png`));
    await cell('p0').click({ modifiers: ['Control'] });
    await page.getByText(`${columns + 2} selected`).waitFor();
    await page.keyboard.press('Escape');
    expect(await chosen()).toEqual([]);
    await page.keyboard.press('Control+a');
    await page.getByText('40 selected').waitFor();
    await page.keyboard.press('End');
    await expect.poll(chosen).toEqual(['images/p39.png']);
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Space');
    await page.getByText('2 selected').waitFor();
    const first = (await list()).find(({ path }) => path.endsWith('/p0.png'))!;
    await expect.poll(() => grid.getAttribute('aria-activedescendant')).toBe(`gallery-${first.id}`);
  });

  it('sets states and removes images, and takes both back', async () => {
    await button('In progress').last().click();
    await page.getByText('38 of 1,500').waitFor();
    expect((await list()).filter(({ state }) => state === 'in-progress').map(({ path }) => path)).toEqual([
      'images/p0.png',
      'images/p39.png',
    ]);
    await button('Undo').click();
    await page.getByText('40 of 1,500').waitFor();
    // The notice takes a moment to go.
    await button('Undo').waitFor({ state: 'detached' });
    await grid.focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.getByText('0 of 1,460').waitFor();
    await button('Undo').click();
    await page.getByText('40 of 1,500').waitFor();
    expect((await list()).filter(({ labelled }) => labelled)).toHaveLength(40);
  });

  it('divides the labeled images, and shows the parts', async () => {
    await button('Split…').click();
    const split = page.getByRole('dialog', { name: 'Split the labeled images' });
    await split.getByLabel('Training').fill('50');
    await split.getByText('they add up to 80%').waitFor();
    expect(await split.getByRole('button', { name: 'Split', exact: true }).isDisabled()).toBe(true);
    await split.getByLabel('Validation').fill('30');
    await split.getByLabel('Keep near-duplicates').uncheck();
    expect(await seriousViolations(page)).toEqual([]);
    await split.getByRole('button', { name: 'Split', exact: true }).click();
    await page.getByText('Split: 20 training, 12 validation, 8 test.').waitFor();
    await button(/^Validation 12/).click();
    await page.getByText('12 of 1,500').waitFor();
    await page
      .getByRole('option', { name: /Validation/ })
      .first()
      .waitFor();
  });

  it('opens an image in Annotate, and comes back as it was left, also after a reload', async () => {
    const [, , , wanted = ''] = await cells();
    await page.locator('.cell').nth(3).dblclick();
    await page.locator('.path', { hasText: wanted }).waitFor();
    await page.keyboard.press('F2');
    await page.getByText('12 of 1,500').waitFor();
    await expect.poll(async () => (await engine.request('view.read', { project })).values['view']).toBe('gallery');
    await page.reload();
    await page.getByText('12 of 1,500').waitFor();
    expect(await cells('.current')).toEqual([wanted]);
    await page.keyboard.press('Enter');
    await page.locator('.path', { hasText: wanted }).waitFor();
  });

  it('has a strip below the canvas, of which only what is in view is built', async () => {
    const strip = page.getByRole('listbox', { name: 'Images' });
    const paths = (await list()).map(({ path }) => path);
    await strip.focus();
    await page.keyboard.press('End');
    await page.locator('.path', { hasText: paths.at(-1)! }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.locator('.path', { hasText: paths.at(-2)! }).waitFor();
    expect(await strip.getByRole('option').count()).toBeLessThan(40);
    const selected = strip.getByRole('option', { selected: true });
    expect(await selected.getAttribute('title')).toBe(paths.at(-2));
    await strip.getByRole('option', { name: paths.at(-4)! }).click();
    await page.locator('.path', { hasText: paths.at(-4)! }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
  });

  it('says what is missing when images are to be predicted without a network', async () => {
    await page.keyboard.press('F2');
    await grid.focus();
    await page.keyboard.press('Home');
    await button('Predict').click();
    await page.getByText(/has no trained network yet\. Train one first/).waitFor();
  });
});
