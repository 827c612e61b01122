import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { afterEach, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { GpuHost } from '../../electron/gpu-host.ts';
import type { GpuHostOptions } from '../../electron/gpu-host.ts';
import type { GpuHostBridge, GpuPortNotice, GpuPortRequest } from '../../engine/contract/shell.ts';
import type { ClientOrder, ClientReport } from './gpu-client-process.ts';
import { electron, utilityProcess } from './stand-in/electron.ts';
import type { UtilityProcessStandIn } from './stand-in/utility-process.ts';

const script = fileURLToPath(new URL('gpu-client-process.ts', import.meta.url));
/** Of the page that computes: what came to it. */
let arrived: MessagePort[] = [];
let host: GpuHost;
let reports: string[] = [];

/** The page's own script would say this. */
const becomeReady = (): void => (electron.exposed.get('mambrushGpuHost') as GpuHostBridge).sendReady();

function startHost(options: Partial<GpuHostOptions> = {}): void {
  host = new GpuHost({ gpuHostPreload: '/the/gpu-host-preload.cjs' }, { isPackaged: true, ...options });
}

function startClient(): UtilityProcessStandIn {
  const client = utilityProcess.fork(script, [], {});
  host.serve(client as unknown as Parameters<GpuHost['serve']>[0]);
  client.on('message', (message: ClientReport | GpuPortRequest) => {
    if (message.kind === 'report') reports.push(`${message.name}: ${String(message.what)}`);
  });
  return client;
}

const tell = (client: UtilityProcessStandIn, order: ClientOrder): void => client.postMessage(order);
const pages = (): number => electron.windows.length;
const untilPages = (count: number) => expect.poll(pages).toBe(count);
const untilReported = (...expected: readonly string[]) => expect.poll(() => [...reports].sort()).toEqual(expected);

beforeAll(async () => {
  electron.load = () => undefined;
  vi.stubGlobal('postMessage', ({ kind }: GpuPortNotice, _origin: string, ports: readonly MessagePort[]) => {
    expect(kind).toBe('mambrush:gpu-port');
    arrived.push(...ports);
  });
  await import('../../electron/bridge/gpu-host-preload.ts');
});

beforeEach(() => startHost());

afterEach(async () => {
  for (const client of electron.processes.splice(0)) {
    if (client.pid === undefined) continue;
    const ended = once(client, 'exit');
    process.kill(client.pid, 'SIGKILL');
    await ended;
  }
  host.close();
  [arrived, reports] = [[], []];
});

it('the first request makes the page, which others share, from whatever process', async () => {
  const [engine, trainer] = [startClient(), startClient()];
  expect(pages()).toBe(0);
  tell(engine, { kind: 'ask', name: 'a' });
  tell(engine, { kind: 'ask', name: 'b' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: port', 'b: port');
  tell(trainer, { kind: 'ask', name: 'c' });
  await untilReported('a: port', 'b: port', 'c: port');
  expect([pages(), arrived.length]).toEqual([1, 3]);
});

it('what is said into a port comes out at its other end, and closing it too', async () => {
  const client = startClient();
  tell(client, { kind: 'ask', name: 'a' });
  await untilPages(1);
  becomeReady();
  await expect.poll(() => arrived.length).toBe(1);
  const [port] = arrived;
  const received: unknown[] = [];
  port!.on('message', (message: unknown) => received.push(message));
  port!.on('close', () => received.push('closed'));
  tell(client, { kind: 'say', name: 'a', what: Float32Array.of(0.5, 2) });
  await expect.poll(() => received).toEqual([Float32Array.of(0.5, 2)]);
  port!.postMessage('hello');
  await untilReported('a: hello', 'a: port');
  tell(client, { kind: 'leave', name: 'a' });
  await expect.poll(() => received.at(-1)).toBe('closed');
  await untilReported('a: closed', 'a: hello', 'a: port');
});

it('a page that dies before it is ready answers without a port; the next request makes a new one', async () => {
  const client = startClient();
  tell(client, { kind: 'ask', name: 'a' });
  await untilPages(1);
  electron.windows[0]!.webContents.crash();
  await untilReported('a: no port');
  expect(pages()).toBe(0);
  tell(client, { kind: 'ask', name: 'b' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: no port', 'b: port');
});

it('a page that dies closes its ports; the next request makes a new one', async () => {
  const client = startClient();
  tell(client, { kind: 'ask', name: 'a' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: port');
  electron.windows[0]!.webContents.crash();
  await untilReported('a: closed', 'a: port');
  expect(pages()).toBe(0);
  tell(client, { kind: 'ask', name: 'b' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: closed', 'a: port', 'b: port');
});

it('a page that closes itself, because its Worker failed, is as good as dead', async () => {
  const client = startClient();
  tell(client, { kind: 'ask', name: 'a' });
  await untilPages(1);
  electron.windows[0]!.close();
  await untilReported('a: no port');
});

it('a page that dies again and again is not made once more', async () => {
  const client = startClient();
  for (const name of ['a', 'b', 'c']) {
    tell(client, { kind: 'ask', name });
    await untilPages(1);
    electron.windows[0]!.webContents.crash();
  }
  tell(client, { kind: 'ask', name: 'd' });
  await untilReported('a: no port', 'b: no port', 'c: no port', 'd: no port');
  expect(pages()).toBe(0);
});

it('a page that never says that it is ready is not waited for', async () => {
  startHost({ patienceMilliseconds: 100 });
  const client = startClient();
  tell(client, { kind: 'ask', name: 'a' });
  await untilReported('a: no port');
  expect(pages()).toBe(0);
});

it('the page is closed when no process has had a port for a while, and not before', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  startHost({ idleMilliseconds: 200 });
  const [engine, trainer] = [startClient(), startClient()];
  tell(engine, { kind: 'ask', name: 'a' });
  tell(trainer, { kind: 'ask', name: 'b' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: port', 'b: port');
  tell(engine, { kind: 'leave', name: 'a' });
  await untilReported('a: closed', 'a: port', 'b: port');
  vi.advanceTimersByTime(500);
  expect(pages()).toBe(1);
  // Its process ends without a word.
  const ended = once(trainer, 'exit');
  process.kill(trainer.pid!, 'SIGKILL');
  await ended;
  vi.advanceTimersByTime(199);
  expect(pages()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(pages()).toBe(0);
  tell(engine, { kind: 'ask', name: 'c' });
  await untilPages(1);
});

it('after the application has left there is no page for anybody', async () => {
  const client = startClient();
  tell(client, { kind: 'ask', name: 'a' });
  await untilPages(1);
  host.close();
  await untilReported('a: no port');
  tell(client, { kind: 'ask', name: 'b' });
  await untilReported('a: no port', 'b: no port');
  expect(pages()).toBe(0);
});
