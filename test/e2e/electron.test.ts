import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findElectron } from '../../electron/packaging/find-electron.ts';
import { startInElectron } from './electron-workstation.ts';
import type { WorkstationProcess } from './electron-workstation.ts';

const sample = fileURLToPath(new URL('../../resources/sample/', import.meta.url));
const { DISPLAY, WAYLAND_DISPLAY } = process.env;
const canRun = findElectron() !== undefined && (process.platform !== 'linux' || Boolean(DISPLAY ?? WAYLAND_DISPLAY));

describe.skipIf(!canRun)('the window in Electron (needs its binary, and a screen)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-electron-'));
  let station: WorkstationProcess;

  beforeAll(async () => {
    cpSync(sample, join(folder, 'sample'), { recursive: true });
    station = await startInElectron(folder, {});
  });

  afterAll(async () => {
    await station.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens, trains through a trainer of its own, and goes on when the engine is killed', async () => {
    const engine = station.connect();
    const { project } = await engine.request('dataset.import', { folder: join(folder, 'sample') });
    await engine.request('dataset.split', { project, train: 8, val: 4, test: 4 });
    const { run } = await engine.request('train.start', { project, settings: { epochs: 1, size: 64, batch: 4 } });
    expect((await engine.request('train.wait', { project, run: run.id })).run.status).toBe('done');
    await station.open(project);
    await station.page.getByRole('toolbar', { name: 'Tools' }).waitFor();
    process.kill(await station.enginePid(), 'SIGKILL');
    await station.page.getByText('The engine was restarted').waitFor();
    await engine.close();
  });

  it('keeps the page from Node, from other pages and from windows', async () => {
    const found = await station.page.evaluate(async () => {
      const page = globalThis as unknown as Record<string, unknown> & { open(address: string): unknown };
      const fetched = await fetch('https://example.org/').then(
        () => 'fetched',
        () => 'refused',
      );
      return [typeof page['require'], typeof page['process'], page.open('https://example.org/'), fetched];
    });
    expect(found).toEqual(['undefined', 'undefined', null, 'refused']);
  });
});
