/** Below the shell, engine and trainers compute on the graphics card of a hidden page. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { appPaths } from '../../electron/paths.ts';
import { startShell } from '../../electron/shell.ts';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import { buildWindow } from '../../renderer/build-window.ts';
import { openPage } from '../electron/page-stand-in.ts';
import { becomeReady, electron } from '../electron/stand-in/electron.ts';
import { chromiumPath, launchChromium, simulatedCard } from '../fixtures/chromium.ts';
import { makeDiscFolder } from '../fixtures/disc-pictures.ts';
import { divide, nextEvent, smallRun } from '../host/training-project.ts';
import { showHiddenPages } from './hidden-pages.ts';
import type { HiddenPages } from './hidden-pages.ts';

const selfCheck = fileURLToPath(new URL('../../resources/self-check/self-check.safetensors', import.meta.url));
/** The processes find no driver of their own, whatever this machine has. */
const environment = { LD_LIBRARY_PATH: '', VK_DRIVER_FILES: '/none.json', VK_ICD_FILENAMES: '/none.json' };
const canRun = chromiumPath !== undefined && process.platform === 'linux';

describe.skipIf(!canRun)('the graphics card of a hidden page (needs Chromium on Linux)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-hidden-'));
  let browser: Browser;
  let engine: EngineConnection;
  let hidden: HiddenPages;
  let project: string;

  beforeAll(async () => {
    // With its own environment, in which it finds the card that it simulates.
    browser = await launchChromium(simulatedCard);
    Object.assign(process.env, environment, { MAMBRUSH_HOME: join(folder, 'home') });
    startShell({ ...appPaths, window: await buildWindow() });
    await becomeReady();
    const window = await openPage();
    hidden = await showHiddenPages(browser, window.page);
    engine = window.connect();
    project = await divide(engine, await makeDiscFolder(join(folder, 'discs'), 10));
  });

  afterAll(async () => {
    await browser.close();
    for (const { pid } of electron.processes) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is there when somebody asks for it, and computes rightly for the engine', async () => {
    expect(hidden.made()).toBe(0);
    const report = await engine.request('verify', { files: [selfCheck], compute: { executor: 'webgpu' } });
    expect(report).toMatchObject({ executor: 'webgpu', passed: true });
    expect(hidden.made()).toBe(1);
    expect(hidden.errors).toEqual([]);
  }, 120_000);

  it('trains for a trainer; when it dies there is another once, then the processor goes on, and both is said', async () => {
    const args = smallRun(project, 6);
    const settings = { ...args.settings, size: 32 };
    const start = (executor: string) => engine.request('train.start', { ...args, settings, compute: { executor } });
    const epoch = (wanted: number) => nextEvent(engine, 'train.epoch', (event) => event.epoch.epoch === wanted);
    const said: string[] = [];
    const stopListening = engine.listen((event) => {
      if (event.kind === 'train.state' && event.run.code !== undefined) said.push(event.run.code);
    });
    const [first, third] = [epoch(1), epoch(3)];
    const { run } = await start('webgpu');
    await first;
    await hidden.kill();
    await third;
    expect(hidden.made()).toBe(2);
    await hidden.kill();
    const ended = await engine.request('train.wait', { project, run: run.id });
    stopListening();
    expect(ended.run).toMatchObject({ status: 'done', executor: 'cpu' });
    expect([...new Set(said)]).toEqual(['gpu-opened-again', 'gpu-given-up']);
    expect(hidden.made()).toBe(2);
    // Wherever they were computed, they are the epochs of one run.
    const { run: same } = await start('cpu');
    const { epochs } = await engine.request('train.wait', { project, run: same.id });
    expect(ended.epochs.map(({ epoch: number }) => number)).toEqual(epochs.map(({ epoch: number }) => number));
    for (const [n, { trainLoss = NaN }] of ended.epochs.entries()) {
      expect(Math.abs(trainLoss - (epochs[n]?.trainLoss ?? NaN)), `epoch ${n + 1}`).toBeLessThan(1e-3);
    }
  }, 120_000);
});
