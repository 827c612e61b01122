import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { decodeFrame, encodeFrame } from '../../../engine/contract/wire.ts';
import { createEngine } from '../../../engine/host/engine.ts';
import { connectOverFrames } from '../../../engine/executors/remote/frame-port.ts';
import { GpuHosts } from '../../../engine/host/serving/gpu-hosts.ts';
import { serveWindow } from '../../../engine/host/serving/serve-window.ts';
import type { ServedWindow } from '../../../engine/host/serving/serve-window.ts';

const secret = 'a-secret-of-the-test';
const folder = mkdtempSync(join(tmpdir(), 'mambrush-gpu-hosts-'));
const engine = createEngine();
const hosts = new GpuHosts({ waitMilliseconds: 400 });
const connect = connectOverFrames(hosts.connect);
let served: ServedWindow;
const opened: WebSocket[] = [];

beforeAll(async () => {
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  served = await serveWindow(engine, { files: folder, address: '127.0.0.1', port: 0, secret }, hosts);
});

afterEach(async () => {
  for (const socket of opened.splice(0)) {
    if (socket.readyState === WebSocket.CLOSED) continue;
    socket.close();
    await once(socket, 'close');
  }
});

afterAll(async () => {
  await served.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A window that answers every message with its name and the message. */
async function openWindow(name: string, { autoPong = true } = {}): Promise<WebSocket> {
  const headers = { cookie: `mambrush-${served.port}=${secret}`, origin: `http://127.0.0.1:${served.port}` };
  const socket = new WebSocket(`ws://127.0.0.1:${served.port}/gpu`, { headers, autoPong });
  opened.push(socket);
  socket.on('message', (frame: Buffer) => {
    socket.send(encodeFrame({ name, said: decodeFrame(frame) }));
  });
  await once(socket, 'open');
  return socket;
}

async function askSomebody(question: unknown): Promise<unknown> {
  const port = await connect();
  if (port === undefined) return undefined;
  const answer = new Promise((settle) => port.onMessage(settle));
  port.send(question);
  const answered = await answer;
  port.close();
  return answered;
}

describe('windows that lend a graphics card', () => {
  it('are none where none has ever come, and that is known at once', async () => {
    const none = new GpuHosts({ waitMilliseconds: 60_000 });
    expect(await none.connect()).toBeUndefined();
  });

  it('are let in like windows: with the secret, and from our own pages', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}/gpu`, { headers: { origin: 'http://evil.example' } });
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toMatch(/403/);
  });

  it('are taken the latest first, each socket once, with bytes as they are', async () => {
    await openWindow('first');
    await openWindow('second');
    const bytes = Uint8Array.of(1, 2, 255);
    expect(await askSomebody({ bytes })).toMatchObject({ name: 'second', said: { bytes } });
    expect(await askSomebody('again')).toEqual({ name: 'first', said: 'again' });
  });

  it('that show no sign of life are passed over, and disconnected', async () => {
    await openWindow('awake');
    const asleep = await openWindow('asleep', { autoPong: false });
    const over = once(asleep, 'close');
    expect(await askSomebody('who is there?')).toMatchObject({ name: 'awake' });
    await over;
  });

  it('that have just gone are waited for a while, as when they are loaded anew', async () => {
    const gone = await openWindow('gone');
    gone.close();
    await once(gone, 'close');
    const asked = askSomebody('are you there?');
    await openWindow('back');
    expect(await asked).toEqual({ name: 'back', said: 'are you there?' });
    const inVain = await askSomebody('and now?');
    expect(inVain).toBeUndefined();
  });

  it('are not waited for when they have been away for long', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const patient = new GpuHosts({ waitMilliseconds: 60_000, recentMilliseconds: 20 });
    const gone = await openWindow('gone');
    patient.offer(gone);
    gone.close();
    await once(gone, 'close');
    vi.advanceTimersByTime(21);
    expect(await patient.connect()).toBeUndefined();
  });

  it('that close while they compute are missed at once, also by who only then begins to listen', async () => {
    const socket = await openWindow('short-lived');
    const port = await connect();
    socket.terminate();
    await port?.closed;
    expect(() => port?.send('too late')).not.toThrow();
  });

  it('are disconnected when they send before they are asked, or speak nonsense', async () => {
    const hasty = await openWindow('hasty');
    hasty.send(encodeFrame('me first'));
    expect(await once(hasty, 'close')).toContainEqual(1002);
    for (const nonsense of ['text', Buffer.from([9, 9, 9, 9, 9])]) {
      const socket = await openWindow('odd');
      const port = await connect();
      const received: unknown[] = [];
      port?.onMessage((message) => received.push(message));
      socket.send(nonsense);
      await port?.closed;
      expect(received).toEqual([]);
    }
  });
});
