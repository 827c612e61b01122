/** A served engine that has no graphics card computes on that of the browser that shows its window. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EngineConnection } from '../../engine/contract/connection.ts';
import type { ArgumentsOf, ResultOf } from '../../engine/contract/requests.ts';
import { chromiumPath, simulatedCard } from '../fixtures/chromium.ts';
import { makeDiscFolder } from '../fixtures/disc-pictures.ts';
import { sharedFolder } from '../fixtures/shared.ts';
import { divide, longRun, nextEvent, smallRun } from '../host/training-project.ts';
import { startWorkstation } from './workstation.ts';
import type { Workstation } from './workstation.ts';

/** The engine finds no driver of its own, whatever this machine has. */
const environment = { LD_LIBRARY_PATH: '', VK_DRIVER_FILES: '/none.json', VK_ICD_FILENAMES: '/none.json' };
const canRun = chromiumPath !== undefined && process.platform === 'linux' && process.env['MAMBRUSH_E2E'] !== 'electron';

const golden = join(sharedFolder, 'golden');
const goldenFiles = existsSync(golden)
  ? readdirSync(golden).filter((name) => name === 'ops.safetensors' || /^net-64.*\.safetensors$/.test(name))
  : [];

async function startProject(station: Workstation): Promise<{ engine: EngineConnection; project: string }> {
  const engine = station.connect();
  const project = await divide(engine, await makeDiscFolder(join(station.folder, 'discs'), 10));
  await station.open(project);
  return { engine, project };
}

/** Of small steps: a simulated card is slow. */
function shortSteps(project: string, executor: string, epochs: number, batch: number): ArgumentsOf<'train.start'> {
  const { settings, ...rest } = smallRun(project, epochs);
  return { ...rest, settings: { ...settings, batch, size: 32 }, compute: { executor } };
}

/** One step an epoch, so that every loss is that of one step. */
const tenSteps = (project: string, executor: string): ArgumentsOf<'train.start'> =>
  shortSteps(project, executor, 10, 6);

async function train(engine: EngineConnection, args: ArgumentsOf<'train.start'>): Promise<ResultOf<'train.wait'>> {
  const { run } = await engine.request('train.start', args);
  return engine.request('train.wait', { project: args.project, run: run.id });
}

/** A window lends its card when it has nothing else to do. */
async function untilCard(engine: EngineConnection): Promise<void> {
  const isLent = async (): Promise<boolean> => {
    const { executors } = await engine.request('doctor', {});
    const card = executors.find(({ name }) => name === 'webgpu');
    return card?.available === true && /swiftshader/i.test(card.description);
  };
  await vi.waitUntil(isLent, { interval: 200, timeout: 150_000 });
}

describe.skipIf(!canRun)('a served engine without a graphics card (needs Chromium on Linux)', () => {
  // Compiling kernels for a simulated card takes most of it.
  describe('whose window is in a browser that has one', { timeout: 180_000 }, () => {
    let station: Workstation;
    let engine: EngineConnection;
    let project: string;
    beforeAll(async () => {
      station = await startWorkstation({ switches: simulatedCard, environment });
      ({ engine, project } = await startProject(station));
      await untilCard(engine);
    });
    afterAll(async () => {
      expect(station.pageErrors).toEqual([]);
      await station.close();
    });

    it.skipIf(goldenFiles.length === 0)('computes there what the reference code computes', async () => {
      const files = goldenFiles.map((name) => join(golden, name));
      const report = await engine.request('verify', { files, compute: { executor: 'webgpu' } });
      const failed = report.files.filter(({ passed }) => !passed);
      expect(failed).toEqual([]);
      expect(report).toMatchObject({ executor: 'webgpu', passed: true });
      for (const { groups } of report.files) {
        expect(groups.reduce((sum, { compared }) => sum + compared, 0)).toBeGreaterThanOrEqual(100);
      }
    });

    it('has it again after it was started anew itself', async () => {
      process.kill(await station.enginePid(), 'SIGKILL');
      await expect.poll(() => engine.state).toMatchObject({ restarted: true });
      await engine.request('project.open', { folder: project });
      await untilCard(engine);
    });

    it('trains there as on the processor, step by step', async () => {
      const card = await train(engine, tenSteps(project, 'webgpu'));
      const processor = await train(engine, tenSteps(project, 'cpu'));
      expect(card.run).toMatchObject({ status: 'done', executor: 'webgpu' });
      expect(card.run.message).toBeUndefined();
      expect(card.epochs).toHaveLength(10);
      for (const [n, { trainLoss = NaN }] of card.epochs.entries()) {
        expect(Math.abs(trainLoss - (processor.epochs[n]?.trainLoss ?? NaN)), `step ${n + 1}`).toBeLessThan(1e-4);
      }
    });

    it('goes on there when the window is loaded anew, and without it when it is closed; and says both', async () => {
      const said: string[] = [];
      const stopListening = engine.listen((event) => {
        if (event.kind === 'train.state' && event.run.code !== undefined) said.push(event.run.code);
      });
      const after = (wanted: number): Promise<unknown> =>
        nextEvent(engine, 'train.epoch', ({ epoch }) => epoch.epoch === wanted);
      const [second, fourth] = [after(2), after(4)];
      const { run } = await engine.request('train.start', shortSteps(project, 'webgpu', longRun, 2));
      await second;
      await station.page.reload();
      await fourth;
      expect(said).toContain('gpu-opened-again');
      expect(said).not.toContain('gpu-given-up');
      await station.page.close();
      const ended = await engine.request('train.wait', { project, run: run.id });
      stopListening();
      expect(said).toContain('gpu-given-up');
      expect(ended.run).toMatchObject({ status: 'done', executor: 'cpu', code: 'gpu-given-up' });
      expect(ended.epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: longRun }, (_, n) => n + 1));
    });
  });

  describe('whose window is in a browser that has none either', () => {
    let station: Workstation;
    let engine: EngineConnection;
    let project: string;
    beforeAll(async () => {
      station = await startWorkstation({ environment });
      ({ engine, project } = await startProject(station));
    });
    afterAll(async () => {
      expect(station.pageErrors).toEqual([]);
      await station.close();
    });

    it('refuses to compute on one, and says why', async () => {
      await expect(
        engine.request('train.start', { ...smallRun(project, 1), compute: { executor: 'webgpu' } }),
      ).rejects.toMatchObject({
        code: 'executor-unavailable',
        message: expect.stringMatching(/'webgpu' cannot run here: .*there is no/) as string,
      });
    });

    it('trains on the processor where nobody asked for a card by name', async () => {
      const ended = await train(engine, { ...smallRun(project, 1), compute: { executor: 'auto' } });
      expect(ended.run).toMatchObject({ status: 'done', executor: 'cpu' });
    });
  });
});
