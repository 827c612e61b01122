import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openProject } from '../../engine/store/project-store.ts';
import type { ProjectStore } from '../../engine/store/project-store.ts';
import { addClasses, addImage, codeOf, temporaryFolder, temporaryProject } from './temporary-project.ts';

interface NetworkLike {
  readonly inputChannels: number;
  readonly widths: readonly number[];
}

function newRun(store: ProjectStore) {
  const network: NetworkLike = { inputChannels: 3, widths: [8, 16, 24, 32, 48, 64] };
  const splitId = store.splits.create({
    name: 'all',
    seed: 1,
    method: 'list',
    parts: { train: [addImage(store, `${store.images.count()}.png`)], val: [], test: [] },
  }).id;
  return { splitId, seed: 42, executor: 'cpu', network, settings: { epochs: 250, learningRate: 1e-3 } };
}

describe('runs', () => {
  it('come back with everything that made them', () => {
    const store = temporaryProject();
    addClasses(store, 'lesion', 'hair');
    const plan = newRun(store);
    const run = store.runs.create(plan);
    expect(run).toMatchObject({ ...plan, name: 'Run 1', status: 'running', message: undefined, endedAt: undefined });
    expect(store.runs.get(run.id)).toEqual(run);
    expect(store.runs.get(99)).toBeUndefined();
    const second = store.runs.create({ ...plan, name: 'longer' });
    expect(store.runs.all()).toEqual([run, second]);
    expect(store.runs.latest()).toEqual(second);
  });

  it('remember the classes they were trained for, whatever becomes of these', () => {
    const store = temporaryProject();
    addClasses(store, 'lesion', 'hair');
    const run = store.runs.create(newRun(store));
    store.classes.reorder([2, 1]);
    store.classes.remove(1);
    expect(store.runs.get(run.id)?.classes.map(({ id, index, name }) => [id, index, name])).toEqual([
      [1, 1, 'lesion'],
      [2, 2, 'hair'],
    ]);
  });

  it('are updated in what is named, and only in that', () => {
    const store = temporaryProject();
    const run = store.runs.create(newRun(store));
    const best = join(store.runFolder(run.id), 'best.safetensors');
    store.runs.update(run.id, { bestEpoch: 3, bestFile: best, latestFile: '.mambrush/runs/1/latest.safetensors' });
    const failed = store.runs.update(run.id, { status: 'failed', message: 'the loss is not a number' });
    expect(failed).toMatchObject({
      bestEpoch: 3,
      bestFile: '.mambrush/runs/1/best.safetensors',
      latestFile: '.mambrush/runs/1/latest.safetensors',
      status: 'failed',
      message: 'the loss is not a number',
      settings: { epochs: 250, learningRate: 1e-3 },
    });
    expect(failed.endedAt).toBeDefined();
    const resumed = store.runs.update(run.id, {
      status: 'running',
      message: undefined,
      name: 'again',
      executor: 'reference',
      settings: { epochs: 300 },
    });
    expect(resumed).toMatchObject({ name: 'again', executor: 'reference', settings: { epochs: 300 }, bestEpoch: 3 });
    expect([resumed.message, resumed.endedAt]).toEqual([undefined, undefined]);
  });

  it('have a folder of their own inside the project', () => {
    const store = temporaryProject();
    const run = store.runs.create(newRun(store));
    expect(store.runFolder(run.id)).toBe(join(store.folder, '.mambrush', 'runs', String(run.id)));
    expect(existsSync(store.runFolder(run.id))).toBe(true);
    expect(existsSync(store.cacheFolder)).toBe(true);
    expect(codeOf(() => store.runFolder(99))).toBe('run-unknown');
  });

  it('keep their epochs, without numbers that are none, and take an epoch that was done again', () => {
    const store = temporaryProject();
    const run = store.runs.create(newRun(store));
    const epoch = {
      epoch: 1,
      trainLoss: 0.9,
      valLoss: 0.8,
      valDice: 0.5,
      valIou: 0.4,
      learningRate: 1e-3,
      seconds: 12.5,
      imagesPerSecond: 40,
    };
    store.runs.addEpoch(run.id, { epoch: 2, trainLoss: NaN, valLoss: Infinity });
    store.runs.addEpoch(run.id, { ...epoch, trainLoss: 5 });
    store.runs.addEpoch(run.id, epoch);
    expect(store.runs.epochs(run.id)).toEqual([epoch, { epoch: 2 }]);
    expect(codeOf(() => store.runs.addEpoch(run.id, { epoch: 0 }))).toBe('run-invalid');
    expect(codeOf(() => store.runs.epochs(99))).toBe('run-unknown');
  });

  it('that nobody runs any more are interrupted when the project is opened', () => {
    const folder = temporaryFolder();
    const store = openProject(folder, { create: true });
    const plan = newRun(store);
    const ids = (['running', 'paused', 'done'] as const).map((status) => {
      const { id } = store.runs.create(plan);
      store.runs.update(id, { status });
      return id;
    });
    store.close();
    const again = temporaryProject(folder);
    expect(again.opening.interruptedRuns.map((run) => run.id)).toEqual([ids[0]]);
    expect(again.runs.all().map((run) => run.status)).toEqual(['interrupted', 'paused', 'done']);
    expect(again.runs.interruptOrphans()).toEqual([]);
  });

  it('refuse an unknown split, a broken seed, settings that are not JSON, and files outside the project', () => {
    const store = temporaryProject();
    const plan = newRun(store);
    const run = store.runs.create(plan);
    const refusals: [string, () => unknown][] = [
      ['split-unknown', () => store.runs.create({ ...plan, splitId: 99 })],
      ['run-invalid', () => store.runs.create({ ...plan, seed: 2 ** 60 })],
      ['run-invalid', () => store.runs.create({ ...plan, settings: { callback: () => 1 } })],
      ['run-invalid', () => store.runs.update(run.id, { bestFile: '/tmp/best.safetensors' })],
      ['run-invalid', () => store.runs.update(run.id, { bestFile: '../best.safetensors' })],
      ['run-unknown', () => store.runs.update(99, { status: 'done' })],
    ];
    for (const [code, request] of refusals) expect(codeOf(request)).toBe(code);
    expect(store.runs.all()).toEqual([run]);
  });
});
