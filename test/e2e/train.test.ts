import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import type { RunInfo } from '../../engine/contract/training.ts';
import { chromiumPath } from '../fixtures/chromium.ts';
import { seriousViolations } from './accessibility.ts';
import { startWorkstation } from './workstation.ts';
import type { Workstation } from './workstation.ts';

/** So many epochs that nothing here ends by itself. */
const manyEpochs = 20_000;

describe.skipIf(chromiumPath === undefined)('training in the window (needs Chromium)', () => {
  let station: Workstation;
  let page: Page;
  let project: string;
  let engine: EngineConnection;

  beforeAll(async () => {
    station = await startWorkstation();
    ({ page } = station);
    ({ project, engine } = await station.importSample());
  });

  afterEach(() => {
    expect(station.pageErrors.splice(0)).toEqual([]);
  });

  afterAll(() => station.close());

  async function open(folder = project): Promise<void> {
    await station.open(folder);
    await page.getByRole('navigation').getByRole('button', { name: 'Train', exact: true }).waitFor();
  }

  const go = (view: string): Promise<void> =>
    page.getByRole('navigation').getByRole('button', { name: view, exact: true }).click();

  const status = (name: string): Promise<void> => page.locator('.run .status', { hasText: name }).waitFor();

  /** What the page says: '12 / 20000'. */
  const epoch = async (): Promise<number> => Number.parseInt(await page.locator('.run dd').first().innerText());

  const run = async (): Promise<RunInfo> => (await engine.request('train.status', { project })).run;

  it('says what is missing before one can train', async () => {
    const bare = station.copySample('bare');
    rmSync(join(bare, 'masks'), { recursive: true });
    await engine.request('dataset.import', { folder: bare });
    await open(bare);
    await page.keyboard.press('Control+t');
    await page.getByText('Training needs at least 3 labeled images; there are 0 so far.').waitFor();
    expect(await page.locator('.go').isDisabled()).toBe(true);
    await page.getByText('0 labeled images').waitFor();
    await page.getByRole('button', { name: 'Label images' }).click();
    await page.getByRole('toolbar', { name: 'Tools' }).waitFor();
    await go('Review');
    await page.getByText('No trained network yet').waitFor();
    await page.getByRole('button', { name: 'Close project' }).click();
  });

  it('trains at a key from any view, and shows its curve and what it makes of images as it learns', async () => {
    await open();
    await go('Train');
    await page.getByText('16 labeled images').waitFor();
    await page.locator('summary', { hasText: 'Advanced' }).click();
    await page.getByLabel('Epochs', { exact: true }).fill(String(manyEpochs));
    await page.getByLabel('Image size', { exact: true }).fill('64');
    await page.getByLabel('Learning rate', { exact: true }).fill('five');
    await page.getByText('Invalid value: Learning rate.').waitFor();
    await page.getByLabel('Learning rate', { exact: true }).fill('5e-3');
    await page.getByLabel('Channels per stage', { exact: true }).fill('4, 4, 8, 8, 8, 8');
    expect(await seriousViolations(page)).toEqual([]);
    await go('Gallery');
    await page.keyboard.press('Control+t');
    await status('Training');
    await expect.poll(epoch).toBeGreaterThan(2);
    expect(await page.locator('.uplot canvas').count()).toBe(2);
    await page.getByText('Values as a table').click();
    const rows = page.locator('.figures tbody tr');
    const before = await rows.count();
    await expect.poll(() => rows.count()).toBeGreaterThan(before);
    await page.getByText(/^after epoch \d+$/).waitFor();
    await expect.poll(() => page.locator('.samples canvas').count()).toBe(5);
    expect(await run()).toMatchObject({ seed: 42, size: { width: 64 }, settings: { learningRate: 5e-3 } });
    expect(await seriousViolations(page)).toEqual([]);
  });

  it('pauses, goes on, is still there after a reload, and stops with its best', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await status('Paused');
    const held = await run();
    // Time enough for many epochs.
    await open();
    await status('Paused');
    await page.getByRole('button', { name: 'Paused' }).waitFor();
    expect((await run()).epochs).toEqual(held.epochs);
    await page.getByRole('button', { name: 'Resume' }).click();
    await status('Training');
    await open();
    await status('Training');
    const seen = await epoch();
    expect(seen).toBeGreaterThanOrEqual(held.epochs.done);
    await expect.poll(epoch).toBeGreaterThan(seen);
    await page.getByRole('button', { name: 'Stop and keep best' }).click();
    await status('Stopped');
    const stopped = await run();
    expect(stopped).toMatchObject({ status: 'stopped', resumable: true });
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    expect(await page.getByRole('radio', { name: 'Predict with Run 1' }).isChecked()).toBe(true);
  });

  it('says so when the engine is killed while it trains, and offers to go on', async () => {
    await page.getByRole('button', { name: 'Resume' }).click();
    await status('Training');
    const before = (await run()).epochs.done;
    await expect.poll(async () => (await run()).epochs.done).toBeGreaterThan(before);
    process.kill(await station.enginePid(), 'SIGKILL');
    await page.getByText('The engine was restarted').waitFor();
    await status('Interrupted');
    const notice = page.getByRole('status', { name: 'Notices' });
    await notice.getByText(/Run 1 was interrupted after epoch \d+\. What was saved is kept\./).waitFor();
    const kept = await epoch();
    expect(kept).toBeGreaterThan(before);
    await notice.getByRole('button', { name: 'Resume' }).click();
    await status('Training');
    await expect.poll(epoch).toBeGreaterThan(kept);
    await page.getByRole('button', { name: 'Abort' }).click();
    await status('Interrupted');
    await page.getByText('Ended at once, as it was asked to').waitFor();
  });
});
