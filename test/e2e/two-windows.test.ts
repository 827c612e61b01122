import { renameSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import { chromiumPath } from '../fixtures/chromium.ts';
import { startWorkstation } from './workstation.ts';
import type { Workstation } from './workstation.ts';

const isElectron = process.env['MAMBRUSH_E2E'] === 'electron';

describe.skipIf(chromiumPath === undefined || isElectron)('two windows on one project (needs Chromium)', () => {
  let station: Workstation;
  let page: Page;
  let other: Page;
  let project: string;
  let engine: EngineConnection;

  beforeAll(async () => {
    station = await startWorkstation();
    ({ page } = station);
    ({ project, engine } = await station.importSample());
    await engine.request('project.close', { project });
    await station.open(project);
    await page.locator('.scale').waitFor();
    other = await page.context().newPage();
    await other.goto(`${station.address}&open=${encodeURIComponent(project)}`);
    await other.locator('.scale').waitFor();
  });

  afterEach(() => {
    expect(station.pageErrors.splice(0)).toEqual([]);
  });

  afterAll(() => station.close());

  /** Across the image, at a share of its height: what is painted already is no change. */
  async function stroke(at: number): Promise<void> {
    await page.bringToFront();
    const { x, y, width, height } = (await page.locator('.canvas').boundingBox())!;
    await page.keyboard.press('b');
    await page.mouse.move(x + width * 0.4, y + height * at);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height * at);
    await page.mouse.up();
  }

  const saved = (): Promise<void> => page.locator('.save[data-state=saved]').waitFor();
  const isOpen = (): Promise<boolean> =>
    engine.request('project.info', { project }).then(
      () => true,
      () => false,
    );

  it('one closes it, and the other paints on; the last one closes it', async () => {
    await other.getByRole('button', { name: 'Close project' }).click();
    await other.getByRole('button', { name: 'Close project' }).waitFor({ state: 'detached' });
    await stroke(0.5);
    await saved();
    expect(await page.getByRole('status', { name: 'Notices' }).innerText()).toBe('');
    expect(await isOpen()).toBe(true);
    await page.getByRole('button', { name: 'Close project' }).click();
    await expect.poll(isOpen).toBe(false);
  });

  it('one whose project cannot be opened again says so, keeps what was painted, and opens it when it can', async () => {
    await station.open(project);
    await page.locator('.scale').waitFor();
    renameSync(project, `${project}-away`);
    process.kill(await station.enginePid(), 'SIGKILL');
    const gone = page.locator('.notice', { hasText: /The project .* is no longer open/ });
    await gone.waitFor();
    await stroke(0.7);
    await page.locator('.save[data-state=failed]').waitFor();
    renameSync(`${project}-away`, project);
    await gone.getByRole('button', { name: 'Reopen' }).click();
    await saved();
    const name = await page.locator('.path').innerText();
    const { images } = await engine.request('images.list', { project });
    const image = images.find(({ path }) => path === name)!.id;
    const { edits } = await engine.request('labels.history', { project, image });
    expect(edits.at(-1)).toMatchObject({ origin: 'painted', undone: false });
  });
});
