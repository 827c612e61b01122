import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEngine } from '../../engine/host/engine.ts';
import type { Engine } from '../../engine/host/engine.ts';
import { connectInProcess } from '../../engine/host/in-process.ts';
import { makeDiscFolder, temporaryFolder } from '../fixtures/disc-pictures.ts';
import { startChild } from '../store/start-child.ts';
import { divide, nextEvent, smallRun } from './training-project.ts';

function engine(): Engine {
  const created = createEngine();
  onTestFinished(() => created.close());
  return created;
}

const refused = (code: string, ...words: readonly string[]): object => ({
  ok: false,
  error: { code, message: expect.stringMatching(words.join('.*')) as string },
});

describe('a request', () => {
  it('that nobody knows, or with wrong arguments, is answered with an error that names them', async () => {
    const { handle } = engine();
    expect(await handle('project.burn', {})).toMatchObject(refused('request-unknown', 'project.burn'));
    expect(await handle('constructor', {})).toMatchObject(refused('request-unknown', 'constructor'));
    expect(await handle('project.open', { folder: 7 })).toMatchObject(refused('request-invalid', 'folder'));
    expect(await handle('project.open', undefined)).toMatchObject(refused('request-invalid'));
    expect(await handle('train.start', { project: '/a', settings: { epoch: 3 } })).toMatchObject(
      refused('request-invalid', 'settings', 'epoch'),
    );
  });

  it('about a project that is not open, or a run that is not there, says so', async () => {
    const { handle } = engine();
    const folder = temporaryFolder();
    expect(await handle('train.status', { project: folder })).toMatchObject(refused('project-not-open', folder));
    expect(await handle('project.open', { folder })).toMatchObject(refused('not-a-project', 'Import'));
    expect(await handle('project.open', { folder: join(folder, 'no') })).toMatchObject(refused('folder-not-found'));
    await handle('project.open', { folder, create: true });
    expect(await handle('train.wait', { project: folder })).toMatchObject(refused('run-unknown', 'no run yet'));
    expect(await handle('train.status', { project: folder, run: 7 })).toMatchObject(refused('run-unknown', '7'));
    expect(await handle('train.resume', { project: folder })).toMatchObject(refused('run-unknown'));
    for (const order of ['train.pause', 'train.stop']) {
      expect(await handle(order, { project: folder })).toMatchObject(refused('run-not-in-progress', 'No run'));
    }
    expect(await handle('project.close', { project: folder })).toEqual({ ok: true, value: {} });
    expect(await handle('project.close', { project: folder })).toEqual({ ok: true, value: {} });
  });

  it('that was ended before it began is not begun', async () => {
    const { handle } = engine();
    const folder = temporaryFolder();
    const outcome = await handle('project.open', { folder, create: true }, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject(refused('aborted'));
    expect(await handle('project.open', { folder })).toMatchObject(refused('not-a-project'));
  });

  it('to an engine that is closed is refused, and what was at work there is ended', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const { handle, close } = createEngine();
    const importing = handle('dataset.import', { folder });
    await close();
    expect(await importing).toMatchObject(refused('aborted'));
    expect(await handle('doctor', {})).toMatchObject(refused('engine-closed'));
    const next = engine();
    expect(await next.handle('dataset.import', { folder })).toMatchObject({ ok: true });
  });
});

describe('a project', () => {
  it('that another process has is refused with the name of that process, until it ends', async () => {
    const folder = temporaryFolder();
    const { handle } = engine();
    await handle('project.open', { folder, create: true });
    await handle('project.close', { project: folder });
    const holder = startChild(new URL('engine-process.ts', import.meta.url).href, 'hold', folder);
    expect(await holder.nextLine()).toBe('open');
    const outcome = await handle('project.open', { folder });
    expect(outcome).toMatchObject(refused('project-locked', String(holder.process.pid)));
    await holder.kill();
    expect(await handle('project.open', { folder })).toMatchObject({ ok: true, value: { recovered: true } });
  });

  it('of a newer version, or that is none, is left as it is', async () => {
    const folder = temporaryFolder();
    const { handle } = engine();
    await handle('project.open', { folder, create: true });
    await handle('project.close', { project: folder });
    const database = new Database(join(folder, '.mambrush', 'project.db'));
    database.pragma('user_version = 999');
    database.close();
    expect(await handle('project.open', { folder })).toMatchObject(refused('newer-database', '999'));
    const other = temporaryFolder();
    mkdirSync(join(other, '.mambrush'));
    new Database(join(other, '.mambrush', 'project.db')).exec('CREATE TABLE theirs (x)').close();
    expect(await handle('project.open', { folder: other })).toMatchObject(refused('not-a-project'));
  });

  it('can be opened again while it is being closed', async () => {
    const folder = temporaryFolder();
    const { handle } = engine();
    await handle('project.open', { folder, create: true });
    const closing = handle('project.close', { project: folder });
    expect(await handle('project.open', { folder })).toMatchObject({ ok: true });
    expect(await closing).toMatchObject({ ok: true });
    expect(await handle('project.info', { project: folder })).toMatchObject({ ok: true });
  });
});

describe('a listener', () => {
  it('that fails harms neither the others nor the training', async () => {
    const folder = await makeDiscFolder(temporaryFolder(), 10);
    const client = connectInProcess();
    onTestFinished(() => client.close());
    const warned = new Promise<Error>((settle) => process.once('warning', settle));
    const project = await divide(client, folder);
    client.listen(() => {
      throw new Error('a listener broke');
    });
    const epoch = nextEvent(client, 'train.epoch');
    await client.request('train.start', smallRun(project, 1));
    expect((await client.request('train.wait', { project })).run.status).toBe('done');
    expect((await epoch).epoch.epoch).toBe(1);
    expect((await warned).message).toBe('a listener broke');
  });
});
