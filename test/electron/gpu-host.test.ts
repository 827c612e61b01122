import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { GpuHost } from '../../electron/gpu-host.ts';
import type { GpuHostOptions } from '../../electron/gpu-host.ts';
import type { GpuHostBridge, GpuPortNotice, GpuPortRequest } from '../../engine/contract/shell.ts';
import type { AskerOrder, AskerReport } from './gpu-asker-process.ts';
import { electron, utilityProcess } from './stand-in/electron.ts';
import type { UtilityProcessStandIn } from './stand-in/utility-process.ts';

const script = fileURLToPath(new URL('gpu-asker-process.ts', import.meta.url));
/** Of the page that computes: what came to it. */
let arrived: MessagePort[] = [];
let host: GpuHost;
let reports: string[] = [];

/** The page's own script would say this. */
const becomeReady = (): void => (electron.exposed.get('mambrushGpuHost') as GpuHostBridge).sendReady();

function startHost(options: Partial<GpuHostOptions> = {}): void {
  host = new GpuHost({ gpuHostPreload: '/the/gpu-host-preload.cjs' }, { isPackaged: true, ...options });
}

function startAsker(): UtilityProcessStandIn {
  const asker = utilityProcess.fork(script, [], {});
  host.serve(asker as unknown as Parameters<GpuHost['serve']>[0]);
  asker.on('message', (message: AskerReport | GpuPortRequest) => {
    if (message.kind === 'report') reports.push(`${message.name}: ${String(message.what)}`);
  });
  return asker;
}

const tell = (asker: UtilityProcessStandIn, order: AskerOrder): void => asker.postMessage(order);
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
  for (const asker of electron.processes.splice(0)) {
    if (asker.pid === undefined) continue;
    const ended = once(asker, 'exit');
    process.kill(asker.pid, 'SIGKILL');
    await ended;
  }
  host.close();
  [arrived, reports] = [[], []];
});

it('the first wish makes the page, which others share, from whatever process', async () => {
  const [engine, trainer] = [startAsker(), startAsker()];
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
  const asker = startAsker();
  tell(asker, { kind: 'ask', name: 'a' });
  await untilPages(1);
  becomeReady();
  await expect.poll(() => arrived.length).toBe(1);
  const [port] = arrived;
  const heard: unknown[] = [];
  port!.on('message', (message: unknown) => heard.push(message));
  port!.on('close', () => heard.push('closed'));
  tell(asker, { kind: 'say', name: 'a', what: Float32Array.of(0.5, 2) });
  await expect.poll(() => heard).toEqual([Float32Array.of(0.5, 2)]);
  port!.postMessage('hello');
  await untilReported('a: hello', 'a: port');
  tell(asker, { kind: 'leave', name: 'a' });
  await expect.poll(() => heard.at(-1)).toBe('closed');
  await untilReported('a: closed', 'a: hello', 'a: port');
});

it('a page that dies before it is ready answers nobody; the next wish makes a new one', async () => {
  const asker = startAsker();
  tell(asker, { kind: 'ask', name: 'a' });
  await untilPages(1);
  electron.windows[0]!.webContents.crash();
  await untilReported('a: no port');
  expect(pages()).toBe(0);
  tell(asker, { kind: 'ask', name: 'b' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: no port', 'b: port');
});

it('a page that dies closes its ports; the next wish makes a new one', async () => {
  const asker = startAsker();
  tell(asker, { kind: 'ask', name: 'a' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: port');
  electron.windows[0]!.webContents.crash();
  await untilReported('a: closed', 'a: port');
  expect(pages()).toBe(0);
  tell(asker, { kind: 'ask', name: 'b' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: closed', 'a: port', 'b: port');
});

it('a page that closes itself, because its Worker failed, is as good as dead', async () => {
  const asker = startAsker();
  tell(asker, { kind: 'ask', name: 'a' });
  await untilPages(1);
  electron.windows[0]!.close();
  await untilReported('a: no port');
});

it('a page that dies again and again is not made once more', async () => {
  const asker = startAsker();
  for (const name of ['a', 'b', 'c']) {
    tell(asker, { kind: 'ask', name });
    await untilPages(1);
    electron.windows[0]!.webContents.crash();
  }
  tell(asker, { kind: 'ask', name: 'd' });
  await untilReported('a: no port', 'b: no port', 'c: no port', 'd: no port');
  expect(pages()).toBe(0);
});

it('a page that never says that it is ready is not waited for', async () => {
  startHost({ patienceMilliseconds: 100 });
  const asker = startAsker();
  tell(asker, { kind: 'ask', name: 'a' });
  await untilReported('a: no port');
  expect(pages()).toBe(0);
});

it('the page is given back when nobody has had a port for a while, and not before', async () => {
  startHost({ idleMilliseconds: 200 });
  const [engine, trainer] = [startAsker(), startAsker()];
  tell(engine, { kind: 'ask', name: 'a' });
  tell(trainer, { kind: 'ask', name: 'b' });
  await untilPages(1);
  becomeReady();
  await untilReported('a: port', 'b: port');
  tell(engine, { kind: 'leave', name: 'a' });
  await untilReported('a: closed', 'a: port', 'b: port');
  await new Promise((settle) => setTimeout(settle, 500));
  expect(pages()).toBe(1);
  // Its process ends without a word.
  process.kill(trainer.pid!, 'SIGKILL');
  await untilPages(0);
  tell(engine, { kind: 'ask', name: 'c' });
  await untilPages(1);
});

it('after the application has left there is no page for anybody', async () => {
  const asker = startAsker();
  tell(asker, { kind: 'ask', name: 'a' });
  await untilPages(1);
  host.close();
  await untilReported('a: no port');
  tell(asker, { kind: 'ask', name: 'b' });
  await untilReported('a: no port', 'b: no port');
  expect(pages()).toBe(0);
});
