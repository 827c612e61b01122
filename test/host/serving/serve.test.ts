import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ConnectionState } from '../../../engine/contract/connection.ts';
import { encodeFrame } from '../../../engine/contract/wire.ts';
import { createEngine } from '../../../engine/host/engine.ts';
import { serveWindow } from '../../../engine/host/serving/serve-window.ts';
import type { ServedWindow } from '../../../engine/host/serving/serve-window.ts';
import { makeDiscFolder } from '../../fixtures/disc-pictures.ts';
import { connectSocket } from '../../fixtures/engine-socket.ts';
import type { Line } from '../../fixtures/engine-socket.ts';

const secret = 'a-secret-of-the-test';
const folder = mkdtempSync(join(tmpdir(), 'mambrush-serve-'));
const files = join(folder, 'window');
let engine = createEngine();
let served: ServedWindow;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  mkdirSync(join(files, 'assets'), { recursive: true });
  writeFileSync(join(files, 'index.html'), '<!doctype html><title>here</title>');
  writeFileSync(join(files, 'assets', 'index-1.js'), 'export {};');
  writeFileSync(join(folder, 'private.html'), 'private');
  served = await serveWindow(engine, { files, address: '127.0.0.1', port: 0, secret });
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

afterAll(async () => {
  await served.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const origin = (): string => `http://127.0.0.1:${served.port}`;
const cookie = (): string => `mambrush-${served.port}=${secret}`;

async function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number | undefined; headers: IncomingMessage['headers']; text: string }> {
  const asked = request({ host: '127.0.0.1', port: served.port, path, headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const text = (await response.toArray()).join('');
  return { status: response.statusCode, headers: response.headers, text };
}

/** 'open', or why not. */
async function trySocket(headers: Readonly<Record<string, string>>, path = '/engine'): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, { headers });
  return new Promise((settle) => {
    socket.once('open', () => {
      socket.close();
      settle('open');
    });
    socket.once('error', (error) => settle(error.message));
  });
}

function connect(port = served.port): Line & { readonly states: ConnectionState['kind'][] } {
  const line = connectSocket(port, secret);
  const states: ConnectionState['kind'][] = [];
  line.connection.watch(({ kind }) => states.push(kind));
  ends.push(() => line.connection.close());
  return { ...line, states };
}

describe('the served window', () => {
  it('is shown with the secret, and not without', async () => {
    expect((await get('/')).status).toBe(403);
    expect((await get('/?token=wrong')).status).toBe(403);
    const entered = await get(`/?token=${secret}&open=%2Fphotos%26x`);
    expect([entered.status, entered.headers.location]).toEqual([303, '/?open=%2Fphotos%26x']);
    const [set = ''] = entered.headers['set-cookie'] ?? [];
    expect(set).toMatch(/HttpOnly; SameSite=Strict/);
    const page = await get('/', { cookie: set.split(';')[0] ?? '' });
    expect([page.status, page.text]).toEqual([200, '<!doctype html><title>here</title>']);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('has its own files and no others', async () => {
    const known = { cookie: cookie() };
    expect((await get('/assets/index-1.js', known)).headers['content-type']).toContain('text/javascript');
    const paths = ['/../private.html', '/..%2fprivate.html', '/assets/../../private.html', '/assets/', '/assets', '//'];
    for (const path of paths) expect([path, (await get(path, known)).status]).toEqual([path, 404]);
  });

  it('answers to its own name alone, so that no other site’s name leads here', async () => {
    const named = (host: string): Promise<{ status: number | undefined }> => get('/', { cookie: cookie(), host });
    expect((await named('mambrush.evil.example')).status).toBe(421);
    expect((await named(`127.0.0.1:${served.port + 1}`)).status).toBe(421);
    expect((await named(`localhost:${served.port}`)).status).toBe(200);
  });

  it('lets a socket in only with the secret, and from its own pages', async () => {
    const good = { cookie: cookie(), origin: origin() };
    expect(await trySocket(good)).toBe('open');
    expect(await trySocket({ ...good, origin: 'http://evil.example' })).toMatch(/403/);
    expect(await trySocket({ cookie: cookie() })).toMatch(/403/);
    expect(await trySocket({ origin: origin() })).toMatch(/403/);
    expect(await trySocket({ ...good, cookie: `mambrush-${served.port}=x` })).toMatch(/403/);
    expect(await trySocket({ ...good, host: 'evil.example', origin: 'http://evil.example' })).toMatch(/403/);
    expect(await trySocket(good, '/other')).toMatch(/403/);
  });

  it('closes on what is no message', async () => {
    const headers = { cookie: cookie(), origin: origin() };
    for (const nonsense of ['text', Buffer.from([1, 2, 3]), encodeFrame({ kind: 'request', id: -1 })]) {
      const socket = new WebSocket(`ws://127.0.0.1:${served.port}/engine`, { headers });
      await once(socket, 'open');
      socket.send(nonsense);
      const [code] = (await once(socket, 'close')) as [number];
      expect(code).toBe(1002);
    }
  });

  it('says when a port is taken, and when the window was not built', async () => {
    const options = { files, address: '127.0.0.1', port: served.port, secret };
    await expect(serveWindow(engine, options)).rejects.toMatchObject({ code: 'port-taken' });
    await expect(serveWindow(engine, { ...options, port: 0, files: join(folder, 'no') })).rejects.toMatchObject({
      code: 'window-missing',
    });
  });
});

describe('a connection', () => {
  it('asks, is answered with binary, receives events and errors', async () => {
    const { connection } = connect();
    const project = await makeDiscFolder(join(folder, 'discs'), 3, 2);
    const progress: number[] = [];
    const onProgress = ({ value }: { value: number }): number => progress.push(value);
    await connection.request('dataset.import', { folder: project }, { onProgress });
    expect(progress.length).toBeGreaterThan(0);
    const events: string[] = [];
    connection.listen(({ kind }) => events.push(kind));
    const { images } = await connection.request('images.list', { project });
    const [first] = images;
    const rows = await connection.request('image.pixels', { project, image: first?.id ?? 0, top: 0, rows: 2 });
    expect(rows.data).toHaveLength(2 * rows.width * rows.channels);
    await connection.request('images.set-state', { project, images: [first?.id ?? 0], state: 'done' });
    expect(events).toContain('images.changed');
    await expect(connection.request('images.list', { project: '/no/such' })).rejects.toMatchObject({
      name: 'MambrushError',
      code: 'project-not-open',
    });
    await connection.request('project.close', { project });
  });

  it('that broke is answered after it, each request once', async () => {
    const line = connect();
    const { connection } = line;
    const project = await makeDiscFolder(join(folder, 'broken'), 6, 3);
    const asked = connection.request('dataset.import', { folder: project });
    line.cut();
    const late = connection.request('preferences.read', {});
    expect((await asked).images.added).toBe(6);
    await late;
    for (let round = 0; round < 4; round++) {
      const names = [0, 1, 2, 3, 4].map((i) => `class ${round * 5 + i}`);
      const asked = names.map((name) => connection.request('classes.add', { project, name }));
      line.cut();
      await Promise.all(asked);
    }
    const list = await connection.request('classes.list', { project });
    expect(list.classes.map(({ name }) => name).filter((name) => name.startsWith('class '))).toHaveLength(20);
    expect(line.states.filter((kind) => kind === 'lost').length).toBe(5);
    await connection.request('project.close', { project });
  });

  it('stops what it asked for, also across a break', async () => {
    const line = connect();
    const folderOfMany = await makeDiscFolder(join(folder, 'many'), 900, 0);
    const abort = new AbortController();
    const importing = line.connection.request(
      'dataset.import',
      { folder: folderOfMany },
      {
        signal: abort.signal,
        onProgress: () => {
          line.cut();
          abort.abort();
        },
      },
    );
    await expect(importing).rejects.toMatchObject({ code: 'aborted' });
    await expect(line.connection.request('doctor', {}, { signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it('to an engine that was started anew fails what was under way, and goes on', async () => {
    const old = createEngine();
    const first = await serveWindow(old, { files, address: '127.0.0.1', port: 0, secret });
    const { port } = first;
    const line = connect(port);
    await line.connection.request('preferences.read', {});
    const project = await makeDiscFolder(join(folder, 'anew'), 60, 0);
    const begun = Promise.withResolvers<unknown>();
    const asked = line.connection.request('dataset.import', { folder: project }, { onProgress: begun.resolve });
    const outcome = expect(asked).rejects.toMatchObject({ code: 'engine-restarted' });
    await begun.promise;
    await first.close();
    await old.close();
    engine = createEngine();
    const second = await serveWindow(engine, { files, address: '127.0.0.1', port, secret });
    await outcome;
    expect(line.connection.state).toEqual({ kind: 'open', restarted: true });
    await expect(line.connection.request('preferences.read', {})).resolves.toBeDefined();
    await line.connection.close();
    await expect(line.connection.request('preferences.read', {})).rejects.toMatchObject({ code: 'connection-closed' });
    await second.close();
  });
});
