import { basename, join } from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import { chromiumPath } from '../fixtures/chromium.ts';
import { seriousViolations } from './accessibility.ts';
import { startWorkstation } from './workstation.ts';
import type { Workstation } from './workstation.ts';

describe.skipIf(chromiumPath === undefined)('review and export in the window (needs Chromium)', () => {
  let station: Workstation;
  let page: Page;
  let project: string;
  let engine: EngineConnection;

  beforeAll(async () => {
    station = await startWorkstation();
    ({ page } = station);
    ({ project, engine } = await station.importSample());
    await engine.request('dataset.split', { project });
    const settings = { epochs: 30, size: 64, learningRate: 5e-3 };
    await engine.request('train.start', { project, settings, network: { widths: [4, 4, 8, 8, 8, 8] } });
    await engine.request('train.wait', { project });
    await station.open(project);
    await page.getByRole('navigation').getByRole('button', { name: 'Train', exact: true }).waitFor();
  });

  afterEach(() => {
    expect(station.pageErrors.splice(0)).toEqual([]);
  });

  afterAll(() => station.close());

  const go = (view: string): Promise<void> =>
    page.getByRole('navigation').getByRole('button', { name: view, exact: true }).click();

  it('measures the run, shows the worst image first with what is wrong in it, and leads to its correction', async () => {
    await go('Review');
    await page.getByRole('button', { name: 'Evaluate', exact: true }).click();
    const options = page.getByRole('listbox', { name: 'Worst first' }).getByRole('option');
    await expect.poll(() => options.count()).toBe(3);
    const dices = (await options.locator('.figure').allInnerTexts()).map(Number);
    expect(dices).toEqual([...dices].sort((a, b) => a - b));
    const { worst } = await engine.request('evaluate', { project, part: 'test' });
    expect(dices[0]).toBeCloseTo(worst[0]!.dice!, 3);
    await page.locator('.canvas[data-shown]').waitFor();
    await page.getByText('False negative').waitFor();
    await page.keyboard.press('d');
    await page.getByRole('option', { selected: true, name: basename(worst[1]!.path) }).waitFor();
    await page.keyboard.press('a');
    expect(await seriousViolations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Edit labels' }).click();
    await page.locator('.panel .path', { hasText: worst[0]!.path }).waitFor();
    // What is corrected was not what was measured.
    const { id, width, height } = (await engine.request('images.list', { project })).images.find(
      ({ path }) => path === worst[0]!.path,
    )!;
    const after = new Uint8Array(Math.min(256, width) * Math.min(256, height)).fill(1);
    const stroke = { tiles: [{ tileX: 0, tileY: 0, after }], origin: 'painted', description: 'brush' } as const;
    await engine.request('labels.apply', { project, image: id, ...stroke, tiles: [...stroke.tiles] });
    await go('Review');
    await page.getByText('The labels of 1 image have changed since; evaluate again.').waitFor();
    await engine.request('labels.undo', { project, image: id });
  });

  it('lets predictions of unlabelled images be accepted and rejected, and taken back', async () => {
    await go('Review');
    await page.getByRole('tab', { name: 'Unlabeled images' }).click();
    await page.getByRole('button', { name: 'Predict 8 images' }).click();
    const options = page.getByRole('listbox', { name: 'Unlabeled images by uncertainty' }).getByRole('option');
    await expect.poll(() => options.count()).toBe(8);
    const sure = (await options.locator('.figure').allInnerTexts()).map(Number);
    expect(sure).toEqual([...sure].sort((a, b) => b - a));
    expect(await seriousViolations(page)).toEqual([]);

    const image = Number(await options.first().getAttribute('data-image'));
    const proposed = (await engine.request('proposals.read', { project, image })).data;
    const labels = async (): Promise<Uint8Array | null> =>
      (await engine.request('labels.read', { project, image })).data;
    await page.keyboard.press('Enter');
    await expect.poll(() => options.count()).toBe(7);
    await expect.poll(labels).toEqual(proposed);
    const notice = page.getByRole('status', { name: 'Notices' });
    await notice.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => options.count()).toBe(8);
    expect(await labels()).toBeNull();
    await page.keyboard.press('Delete');
    await expect.poll(() => options.count()).toBe(7);
    await page.getByLabel(/^Minimum confidence/).fill('0.3');
    await page.getByRole('button', { name: /^Accept \d confident predictions?$/ }).click();
    await expect.poll(() => options.count()).toBeLessThan(7);
    // Others may be under way still.
    await page.locator('.tasks').waitFor({ state: 'detached' });
  });

  it('lets predictions be accepted and rejected while painting, told of and taken back in the same way', async () => {
    const [proposal] = (await engine.request('proposals.list', { project })).proposals;
    const { image } = proposal!;
    const { path } = (await engine.request('images.list', { project })).images.find(({ id }) => id === image)!;
    const labels = async (): Promise<Uint8Array | null> =>
      (await engine.request('labels.read', { project, image })).data;
    const before = await labels();
    await go('Annotate');
    await page.getByRole('listbox').getByRole('option', { name: path }).click();
    await page.locator(`.canvas[data-shown="${image}"]`).waitFor();
    const accept = page.getByRole('button', { name: 'Accept', exact: true });
    const notices = page.getByRole('status', { name: 'Notices' });
    const undo = (text: string): Promise<void> =>
      notices.locator('.notice', { hasText: text }).getByRole('button', { name: 'Undo' }).click();
    const { data } = await engine.request('proposals.read', { project, image });

    await accept.waitFor();
    await page.locator('.canvas').focus();
    await page.keyboard.press('Enter');
    await accept.waitFor({ state: 'detached' });
    await expect.poll(labels).toEqual(data);
    await undo(`accepted as labels of ${path}`);
    await accept.waitFor();
    await expect.poll(labels).toEqual(before);
    await page.getByRole('button', { name: 'Reject', exact: true }).click();
    await accept.waitFor({ state: 'detached' });
    await undo(`Prediction for ${path} rejected`);
    await accept.waitFor();
    expect(await labels()).toEqual(before);
    // By the keys of painting, too.
    await accept.click();
    await accept.waitFor({ state: 'detached' });
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+z');
    await accept.waitFor();
    await expect.poll(labels).toEqual(before);
  });

  it('exports masks whose pixels are the labels, says what it left alone, and goes on where it was', async () => {
    await page.keyboard.press('Control+e');
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.getByText(/^\d+ written$/).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    const labelled = (await engine.request('images.list', { project })).images.filter((image) => image.labelled);
    await dialog.getByText(`${labelled.length} written`).waitFor();
    for (const { id, path } of labelled.slice(0, 4)) {
      const { data } = await engine.request('labels.read', { project, image: id });
      const mask = await sharp(join(project, 'export-png', path))
        .greyscale()
        .raw()
        .toBuffer();
      expect(mask.equals(Buffer.from(data!.map((label) => (label === 1 ? 255 : 0))))).toBe(true);
    }
    await dialog.getByRole('button', { name: 'Export again' }).click();
    await dialog.getByText(`${labelled.length} already up to date`).waitFor();

    await dialog.getByRole('radio', { name: /^Network/ }).check();
    await dialog.getByRole('radio', { name: 'PyTorch .pth' }).check();
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    await dialog.getByText('1 written').waitFor();
    await dialog.getByRole('button', { name: 'Export again' }).click();
    await dialog.getByText(/Run-1\.pth is there already/).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
});
