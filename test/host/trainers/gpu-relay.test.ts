import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ConnectFrames } from '../../../engine/executors/remote/frame-port.ts';
import { GpuRelay, RelayedGpu, isRelayed } from '../../../engine/host/trainers/gpu-relay.ts';
import type { GpuRelayMessage } from '../../../engine/host/trainers/gpu-relay.ts';
import type { ProcessOrder, ProcessReport } from './relayed-gpu-process.ts';

const processFile = fileURLToPath(new URL('relayed-gpu-process.ts', import.meta.url));

/** One end of a card's way: what arrives there, what is to be sent, and that it was closed. */
function card() {
  const arrived: Uint8Array[] = [];
  const closed = Promise.withResolvers<undefined>();
  let onMessage = (_frame: Uint8Array): void => undefined;
  const ended = Promise.withResolvers<undefined>();
  let notify = (): void => undefined;
  const connect: ConnectFrames = async () => ({
    send: (frame) => {
      arrived.push(frame);
      notify();
    },
    onMessage: (listener) => void (onMessage = listener),
    closed: ended.promise,
    close: () => {
      closed.resolve(undefined);
      ended.resolve(undefined);
    },
  });
  const whenArrived = (count: number): Promise<void> =>
    new Promise((settle) => {
      notify = () => {
        if (arrived.length >= count) settle();
      };
      notify();
    });
  return {
    connect,
    arrived,
    whenArrived,
    closed: closed.promise,
    say: (frame: Uint8Array) => onMessage(frame),
    die: () => ended.resolve(undefined),
  };
}

interface Child {
  readonly child: ChildProcess;
  readonly order: (kind: ProcessOrder['kind']) => void;
  readonly next: () => Promise<ProcessReport['kind']>;
}

function start(connect: ConnectFrames): Child {
  const child = fork(processFile, [], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const relay = new GpuRelay(connect, (message) => {
    if (child.connected) child.send(message);
  });
  const reports: ProcessReport['kind'][] = [];
  let notify = (): void => undefined;
  child.on('message', (message: GpuRelayMessage | ProcessReport) => {
    if (isRelayed(message)) relay.receive(message);
    else {
      reports.push(message.kind);
      notify();
    }
  });
  child.once('disconnect', () => relay.close());
  const take = (settle: (kind: ProcessReport['kind']) => void): void => {
    const first = reports.shift();
    if (first === undefined) notify = () => take(settle);
    else {
      notify = () => undefined;
      settle(first);
    }
  };
  return {
    child,
    order: (kind) => void child.send({ kind } satisfies ProcessOrder),
    next: () => new Promise((settle) => take(settle)),
  };
}

describe('a process that has no graphics card of its own', () => {
  it('reaches one through its parent: frames of any size cross both ways as they are, in order', async () => {
    const there = card();
    const { order, next } = start(there.connect);
    order('connect');
    expect(await next()).toBe('open');
    const frames = [1, 0, 70_001, 5_000_003].map((size, n) =>
      Uint8Array.from({ length: size }, (_, at) => (at * 31 + n) & 255),
    );
    for (const frame of frames) there.say(frame);
    await there.whenArrived(frames.length);
    for (const [n, frame] of frames.entries()) expect(Buffer.compare(there.arrived[n]!, frame)).toBe(0);
  });

  it('is told when there is no card, also where asking fails', async () => {
    const none = start(async () => undefined);
    none.order('connect');
    expect(await none.next()).toBe('none');
    const failing = start(() => Promise.reject(new Error('the server is down')));
    failing.order('connect');
    expect(await failing.next()).toBe('none');
  });

  it('is told when the card is gone, and can ask again', async () => {
    const there = card();
    const { order, next } = start(there.connect);
    order('connect');
    expect(await next()).toBe('open');
    there.die();
    expect(await next()).toBe('closed');
    order('connect');
    expect(await next()).toBe('open');
  });

  it('gives the card up when it closes its way, and when it dies', async () => {
    const first = card();
    const closing = start(first.connect);
    closing.order('connect');
    await closing.next();
    closing.order('close');
    await first.closed;
    expect(await closing.next()).toBe('closed');
    const second = card();
    const dying = start(second.connect);
    dying.order('connect');
    await dying.next();
    dying.child.kill('SIGKILL');
    await second.closed;
  });

  it('that dies while its parent connects leaves no way open', async () => {
    const there = card();
    const asked = Promise.withResolvers<undefined>();
    const answer = Promise.withResolvers<undefined>();
    const { child, order } = start(async () => {
      asked.resolve(undefined);
      await answer.promise;
      return there.connect();
    });
    order('connect');
    await asked.promise;
    child.kill('SIGKILL');
    await once(child, 'disconnect');
    answer.resolve(undefined);
    await there.closed;
  });
});

describe('a channel that breaks', () => {
  it('ends every way through it, whoever waits, and leads nowhere afterwards', async () => {
    const said: GpuRelayMessage[] = [];
    const gpu = new RelayedGpu((message) => said.push(message));
    const open = gpu.connect();
    gpu.receive({ kind: 'gpu-connected', id: 1 });
    const closed = new Promise<void>((settle) => void open.then((port) => port?.closed.then(() => settle())));
    const asked = gpu.connect();
    await open;
    gpu.break();
    await closed;
    expect(await asked).toBeUndefined();
    expect(await gpu.connect()).toBeUndefined();
    (await open)?.send(Uint8Array.of(1));
    expect(said.map(({ kind }) => kind)).toEqual(['gpu-connect', 'gpu-connect']);
  });
});
