import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionState, EngineConnection } from '../../engine/contract/connection.ts';
import { appPaths } from '../../electron/paths.ts';
import { startShell } from '../../electron/shell.ts';
import { makeDiscFolder } from '../fixtures/disc-pictures.ts';
import { divide, longRun, nextEvent, smallRun, trainerOf } from '../host/training-project.ts';
import { connectThroughShell } from '../e2e/shell-connection.ts';
import { openPage } from './page-stand-in.ts';
import { becomeReady, electron, ipcMain } from './stand-in/electron.ts';

const folder = mkdtempSync(join(tmpdir(), 'mambrush-shell-'));
const photos = join(folder, 'photos');
const window = join(folder, 'window');
let engine: EngineConnection;
let project: string;

const nextState = (kind: ConnectionState['kind']): Promise<ConnectionState> =>
  new Promise((settle) => {
    const end = engine.watch((state) => {
      if (state.kind !== kind) return;
      end();
      settle(state);
    });
  });

/** The processes that run now, by what they run. */
const running = (file: string): number[] =>
  electron.processes.flatMap((forked) => (forked.file.includes(file) && forked.pid !== undefined ? [forked.pid] : []));

describe('the engine below the shell', () => {
  beforeAll(async () => {
    process.env['MAMBRUSH_HOME'] = join(folder, 'home');
    mkdirSync(window);
    writeFileSync(join(window, 'index.html'), '<!doctype html>');
    await makeDiscFolder(photos, 10);
    startShell({ ...appPaths, window });
    await becomeReady();
    engine = (await openPage()).connect();
    project = await divide(engine, photos);
  });

  afterAll(() => {
    for (const forked of electron.processes) if (forked.pid !== undefined) process.kill(forked.pid, 'SIGKILL');
    delete process.env['MAMBRUSH_HOME'];
    rmSync(folder, { recursive: true, force: true });
  });

  it('answers the window through a port, and pixels arrive as bytes', async () => {
    const { images } = await engine.request('images.list', { project });
    const { data } = await engine.request('labels.read', { project, image: images[0]!.id });
    expect(data).toBeInstanceOf(Uint8Array);
    await expect(engine.request('images.list', { project: join(folder, 'nowhere') })).rejects.toMatchObject({
      name: 'MambrushError',
    });
  });

  it('serves another window beside the first', async () => {
    const other = connectThroughShell(async (run, argument) => run({ ipcMain }, argument));
    const [first, second] = await Promise.all([engine, other].map((each) => each.request('images.list', { project })));
    expect(second).toEqual(first);
    const { data } = await other.request('labels.read', { project, image: first!.images[0]!.id });
    expect(data).toBeInstanceOf(Uint8Array);
    await other.close();
  });

  it('has its trainer started by the shell, with the machine kept awake until the run is done', async () => {
    const { run } = await engine.request('train.start', smallRun(project, 3));
    expect(running('utility-trainer-process')).toEqual([trainerOf(project, run.id)]);
    expect(electron.blockers.size).toBe(1);
    const ended = await engine.request('train.wait', { project, run: run.id });
    expect(ended.run.status).toBe('done');
    await expect.poll(() => running('utility-trainer-process')).toEqual([]);
    await expect.poll(() => electron.blockers.size).toBe(0);
  });

  it('notes a trainer that was killed as interrupted, with a way to go on', async () => {
    const { run } = await engine.request('train.start', smallRun(project, longRun));
    const interrupted = nextEvent(engine, 'train.state', (event) => event.run.status === 'interrupted');
    await nextEvent(engine, 'train.epoch');
    process.kill(trainerOf(project, run.id), 'SIGKILL');
    expect((await interrupted).run).toMatchObject({ id: run.id, message: expect.stringContaining('Resume') as string });
  });

  it('is started again when it is killed: the window goes on, and its trainer saved what it had', async () => {
    const { run } = await engine.request('train.start', smallRun(project, longRun));
    await nextEvent(engine, 'train.epoch');
    const trainer = trainerOf(project, run.id);
    const waiting = engine.request('train.wait', { project, run: run.id });
    const open = nextState('open');
    const [killed] = running('utility-engine-process');
    process.kill(killed!, 'SIGKILL');
    await expect(waiting).rejects.toMatchObject({ code: 'engine-restarted' });
    expect(await open).toEqual({ kind: 'open', restarted: true });
    await expect.poll(() => existsSync(`/proc/${trainer}`), { timeout: 10_000 }).toBe(false);
    const { project: opened } = await engine.request('project.open', { folder: photos });
    const { run: left } = await engine.request('train.status', { project: opened, run: run.id });
    expect(left).toMatchObject({ status: 'interrupted', resumable: true });
    expect(running('utility-engine-process')).toHaveLength(1);
  });

  it('asks what becomes of a run that trains when the window is closed', async () => {
    const { run } = await engine.request('train.start', smallRun(project, 5));
    await expect.poll(() => electron.blockers.size).toBe(1);
    electron.answers.push({ response: 2 }, { response: 0 });
    const [shown] = electron.windows;
    shown!.isShown = true;
    shown!.close();
    await expect.poll(() => electron.asked.length).toBe(1);
    expect(electron.asked[0]).toMatchObject({ message: 'A network is being trained' });
    await expect.poll(() => shown!.isShown).toBe(true);
    shown!.close();
    // It trains on without the window, and all ends when it is done, saved.
    await expect.poll(() => shown!.isShown).toBe(false);
    expect(electron.hasQuit).toBe(false);
    await expect.poll(() => electron.hasQuit, { timeout: 20_000 }).toBe(true);
    await engine.close();
    expect(running('process')).toEqual([]);
    const metrics = readFileSync(join(photos, '.mambrush', 'runs', String(run.id), 'metrics.jsonl'), 'utf8');
    expect(metrics.trim().split('\n')).toHaveLength(5);
  });
});
