import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { openProject } from '../../../engine/store/project-store.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { canMount, smallDisk } from '../../store/small-disk.ts';
import { divide, isAlive, longRun, nextEvent, smallRun, trainerOf } from '../training-project.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

async function ready(folder = temporaryFolder()): Promise<{ client: EngineClient; project: string }> {
  await makeDiscFolder(folder, 10);
  const client = connect();
  return { client, project: await divide(client, folder) };
}

async function refusal(work: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  return work.then(
    () => ({ code: 'none', message: '' }),
    (error: unknown) => error as { code: string; message: string },
  );
}

/** Takes every free byte. @returns gives them back */
function fill(disk: string): () => void {
  const file = join(disk, 'filler');
  for (let bytes = 1 << 20; bytes > 0; bytes >>= 1) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(bytes));
    } catch {
      // Full for pieces of this size.
    }
  }
  return () => rmSync(file);
}

describe('a run that goes wrong', () => {
  it('by numbers that are none fails with the reason, and keeps its last good checkpoint', async () => {
    const { client, project } = await ready();
    const args = smallRun(project, 6);
    const settings = { ...args.settings, learningRate: 1e6, optimiser: { kind: 'sgd' } as const };
    const { run } = await client.request('train.start', { ...args, settings });
    const ended = await client.request('train.wait', { project, run: run.id });
    expect(ended.run).toMatchObject({ status: 'failed', latestFile: expect.any(String) as string });
    expect(ended.run.message).toMatch(/learning rate/);
  });

  it.skipIf(!canMount)('on a full disk says so, ends its trainer, and goes on when there is room', async () => {
    const disk = smallDisk('8m').folder;
    const { client, project } = await ready(disk);
    const second = nextEvent(client, 'train.epoch', ({ epoch }) => epoch.epoch >= 2);
    await client.request('train.start', smallRun(project, longRun));
    await second;
    const trainer = trainerOf(project);
    const makeRoom = fill(disk);
    const said = await client.request('train.wait', { project }).then(
      ({ run }) => run.message ?? '',
      (error: unknown) => (error as Error).message,
    );
    expect(said).toMatch(/full|space/);
    expect(isAlive(trainer)).toBe(false);
    makeRoom();
    const { run, epochs } = await client.request('train.status', { project });
    expect(run).toMatchObject({ resumable: true });
    expect(['failed', 'interrupted']).toContain(run.status);
    expect(epochs.length).toBeGreaterThanOrEqual(2);
    await client.request('train.resume', { project });
    const ended = await client.request('train.wait', { project });
    expect(ended.run).toMatchObject({ status: 'done', epochs: { done: longRun } });
    await client.close();
  });

  it('leaves no run behind when it is ended while its samples are prepared', async () => {
    const { client, project } = await ready();
    const abort = new AbortController();
    const work = { signal: abort.signal, onProgress: () => abort.abort() };
    expect(await refusal(client.request('train.start', smallRun(project, 2), work))).toMatchObject({ code: 'aborted' });
    const closing = client.request('train.start', smallRun(project, 2), {
      onProgress: () => void client.request('project.close', { project }),
    });
    expect(await refusal(closing)).toMatchObject({ code: 'aborted' });
    expect(await client.request('project.open', { folder: project })).toMatchObject({ runs: 0, recovered: false });
    const { run } = await client.request('train.start', smallRun(project, 1));
    expect(run.id).toBe(1);
  });
});

describe('what cannot be trained', () => {
  it('is refused before anything is prepared, with what to do', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const client = connect();
    const { project } = await client.request('dataset.import', { folder });
    const start = smallRun(project, 2);
    expect(await refusal(client.request('train.start', start))).toMatchObject({ code: 'split-missing' });
    await client.request('dataset.split', { project });
    const code = async (change: object): Promise<string> =>
      (await refusal(client.request('train.start', { ...start, ...change }))).code;
    expect(await code({ settings: { epochs: 0 } })).toBe('training-settings');
    expect(await code({ settings: { optimiser: { kind: 'magic' } } })).toBe('training-settings');
    expect(await code({ settings: { size: 100 } })).toBe('training-settings');
    expect(await code({ compute: { executor: 'abacus' } })).toBe('executor-unknown');
    expect(await code({ from: join(folder, 'nothing.safetensors') })).toBe('checkpoint-unreadable');
    const foreign = writeFreshCheckpoint(join(folder, 'foreign.safetensors'), { classes: 3 });
    expect(await code({ from: foreign, network: undefined })).toBe('warm-start-mismatch');
    const wide = writeFreshCheckpoint(join(folder, 'wide.safetensors'), { widths: [8, 16, 24, 32, 48, 64] });
    expect(await code({ from: wide })).toBe('warm-start-mismatch');
    expect(await client.request('project.info', { project })).toMatchObject({ runs: 0 });
    expect(readdirSync(join(folder, '.mambrush', 'cache'))).toEqual([]);
  });

  it('as a run begun for other classes leaves that run as it was', async () => {
    const { client, project } = await ready();
    const second = nextEvent(client, 'train.epoch');
    await client.request('train.start', smallRun(project, longRun));
    await second;
    const stopped = await client.request('train.stop', { project });
    await client.request('project.close', { project });
    const store = openProject(project);
    store.classes.rename(store.classes.all()[0]!.id, 'another');
    store.close();
    await client.request('project.open', { folder: project });
    const refused = await refusal(client.request('train.resume', { project, epochs: 99 }));
    expect(refused).toMatchObject({ code: 'run-mismatch', message: expect.stringContaining('another') as string });
    expect((await client.request('train.status', { project })).run).toEqual(stopped);
  });

  it('starts from a checkpoint of the same network, and not from where a new run would', async () => {
    const { client, project } = await ready();
    await client.request('train.start', smallRun(project, 4));
    const first = await client.request('train.wait', { project });
    await client.request('train.start', { ...smallRun(project, 1), from: first.run.bestFile! });
    const warm = await client.request('train.wait', { project });
    expect(warm.run.status).toBe('done');
    expect(warm.epochs[0]!.trainLoss!).toBeLessThan(first.epochs[0]!.trainLoss! * 0.9);
  });

  it('as a damaged run is said by the file’s name', async () => {
    const { client, project } = await ready();
    await client.request('train.start', smallRun(project, longRun));
    await client.request('train.stop', { project });
    const spec = join(project, '.mambrush', 'runs', '1', 'spec.json');
    writeFileSync(spec, '{');
    const refused = await refusal(client.request('train.resume', { project }));
    expect(refused).toMatchObject({ code: 'run-damaged', message: expect.stringContaining(spec) as string });
  });
});
