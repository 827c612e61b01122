import { existsSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineEvent } from '../../../engine/contract/events.ts';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { makeDiscFolder, temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { startChild } from '../../store/start-child.ts';
import {
  divide,
  isAlive,
  latestBytes,
  longRun,
  nextEvent,
  smallRun,
  trainerOf,
  untilOver,
} from '../training-project.ts';

interface Ready {
  readonly client: EngineClient;
  readonly project: string;
}

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

async function ready(): Promise<Ready> {
  const folder = await makeDiscFolder(temporaryFolder(), 10);
  const client = connect();
  return { client, project: await divide(client, folder) };
}

/** Trains the same run without an interruption and compares. */
async function expectSameBits({ client, project }: Ready, run: number): Promise<void> {
  const whole = await client.request('train.start', smallRun(project, longRun));
  const ended = await client.request('train.wait', { project, run: whole.run.id });
  expect(ended.run.status).toBe('done');
  const resumed = await client.request('train.status', { project, run });
  const losses = ({ epochs }: typeof ended): unknown[] => epochs.map(({ epoch, valLoss }) => [epoch, valLoss]);
  expect(losses(resumed)).toEqual(losses(ended));
  expect(latestBytes(project, run).equals(latestBytes(project, whole.run.id))).toBe(true);
}

const epochReached =
  (epoch: number) =>
  (event: Extract<EngineEvent, { kind: 'train.epoch' }>): boolean =>
    event.epoch.epoch >= epoch;

describe('a run', () => {
  it('is told from its first step to its end, and what was told is in the project', async () => {
    const { client, project } = await ready();
    const events: EngineEvent[] = [];
    client.listen((event) => events.push(event));
    const { run } = await client.request('train.start', smallRun(project, 3));
    expect(run).toMatchObject({ id: 1, status: 'running', epochs: { planned: 3 }, images: { train: 6, val: 3 } });
    const ended = await client.request('train.wait', { project });
    expect(ended.run).toMatchObject({ status: 'done', epochs: { done: 3, planned: 3 }, resumable: false });
    expect(existsSync(ended.run.bestFile!) && existsSync(ended.run.latestFile!)).toBe(true);
    const told = events.filter((event) => event.kind === 'train.epoch');
    expect(told.map(({ epoch }) => epoch)).toEqual(ended.epochs);
    expect(told.filter(({ best }) => best).at(-1)?.epoch.epoch).toBe(ended.run.best?.epoch);
    expect(events.filter((event) => event.kind === 'train.progress')).toHaveLength(9);
    const states = events.filter((event) => event.kind === 'train.state').map((event) => event.run.status);
    expect([states[0], states.at(-1)]).toEqual(['running', 'done']);
    await client.request('project.close', { project });
    await client.request('project.open', { folder: project });
    expect(await client.request('train.status', { project })).toEqual(ended);
  });

  it('holds still while it is paused, and ends with the same bits after pause and stop', async () => {
    const { client, project } = await ready();
    const second = nextEvent(client, 'train.epoch', epochReached(2));
    await client.request('train.start', smallRun(project, longRun));
    await second;
    const paused = nextEvent(client, 'train.state', ({ run }) => run.status === 'paused');
    await client.request('train.pause', { project });
    const { run: held } = await paused;
    // Time enough for many epochs.
    const { images } = await client.request('images.list', { project });
    await client.request('proposals.make', { project, images: images.map(({ id }) => id) });
    const still = await client.request('train.status', { project });
    expect(still.run).toMatchObject({ status: 'paused', epochs: held.epochs });
    const further = nextEvent(client, 'train.epoch', epochReached(held.epochs.done + 1));
    await client.request('train.resume', { project });
    await further;
    const stopped = await client.request('train.stop', { project, how: 'keep' });
    expect(stopped).toMatchObject({ status: 'stopped', resumable: true });
    expect(existsSync(stopped.bestFile!)).toBe(true);
    await client.request('train.resume', { project });
    expect((await client.request('train.wait', { project })).run.status).toBe('done');
    await expectSameBits({ client, project }, 1);
  });

  it('is given more epochs when it is done, and refused when all are done', async () => {
    const { client, project } = await ready();
    await client.request('train.start', smallRun(project, 2));
    await client.request('train.wait', { project });
    await expect(client.request('train.resume', { project })).rejects.toMatchObject({ code: 'run-finished' });
    const { run } = await client.request('train.resume', { project, epochs: 4 });
    expect(run.epochs.planned).toBe(4);
    const ended = await client.request('train.wait', { project });
    expect(ended.run).toMatchObject({ id: 1, status: 'done', epochs: { done: 4, planned: 4 } });
  });
});

describe('a trainer', () => {
  it('that is killed leaves an interrupted run that ends with the same bits', async () => {
    const { client, project } = await ready();
    for (const epoch of [2, 5]) {
      const reached = nextEvent(client, 'train.epoch', epochReached(epoch));
      if (epoch === 2) await client.request('train.start', smallRun(project, longRun));
      else await client.request('train.resume', { project });
      await reached;
      const trainer = trainerOf(project);
      process.kill(trainer, 'SIGKILL');
      const { run } = await client.request('train.wait', { project });
      expect(run).toMatchObject({ status: 'interrupted', resumable: true });
      expect(run.message).toMatch(/SIGKILL.*Resume the run/);
      expect(isAlive(trainer)).toBe(false);
    }
    await client.request('train.resume', { project });
    expect((await client.request('train.wait', { project })).run.status).toBe('done');
    await expectSameBits({ client, project }, 1);
  });

  it('does not outlive an engine that is killed, and its run ends with the same bits', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const first = connectInProcess();
    await divide(first, folder);
    await first.close();
    const engine = startChild(new URL('../engine-process.ts', import.meta.url).href, 'train', folder);
    for (let line = 0; line < 3; line++) await engine.nextLine();
    const trainer = trainerOf(folder);
    await engine.kill();
    const client = connect();
    // At once, so that the successor meets the one that is just ending.
    const opened = await client.request('project.open', { folder });
    expect(opened).toMatchObject({ recovered: true, interruptedRuns: [1] });
    const { run } = await client.request('train.status', { project: folder });
    expect(run).toMatchObject({ status: 'interrupted', resumable: true, bestFile: expect.any(String) as string });
    await client.request('train.resume', { project: folder });
    expect(trainerOf(folder)).not.toBe(trainer);
    await untilOver(trainer);
    expect((await client.request('train.wait', { project: folder })).run.status).toBe('done');
    await expectSameBits({ client, project: folder }, 1);
  });

  it('ends when its project is closed, and the run is told as interrupted', async () => {
    const { client, project } = await ready();
    const second = nextEvent(client, 'train.epoch', epochReached(2));
    await client.request('train.start', smallRun(project, longRun));
    await second;
    const trainer = trainerOf(project);
    const waiting = client.request('train.wait', { project });
    await client.request('project.close', { project });
    expect((await waiting).run).toMatchObject({ status: 'interrupted', resumable: true });
    expect(isAlive(trainer)).toBe(false);
    await expect(client.request('train.status', { project })).rejects.toMatchObject({ code: 'project-not-open' });
    await client.request('project.open', { folder: project });
    await client.request('train.resume', { project });
    expect((await client.request('train.wait', { project })).run.status).toBe('done');
  });

  it('is only one per project: the second is refused before it prepares anything', async () => {
    const { client, project } = await ready();
    const both = await Promise.allSettled([
      client.request('train.start', smallRun(project, longRun)),
      client.request('train.start', smallRun(project, longRun)),
    ]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { code: 'run-in-progress' } });
    await expect(client.request('train.start', smallRun(project, 2))).rejects.toMatchObject({
      code: 'run-in-progress',
      message: expect.stringContaining('Run 1') as string,
    });
    await client.request('train.stop', { project, how: 'abort' });
    expect(await client.request('project.info', { project })).toMatchObject({ runs: 1 });
  });
});
