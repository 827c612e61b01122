/** An executor at the other end of a real message channel is the executor itself, for whoever computes on it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { listRemoteCards } from '../../engine/executors/remote/remote-executor.ts';
import type { RemoteExecutor } from '../../engine/executors/remote/remote-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { verifyGolden } from '../../engine/network/verify/verify-golden.ts';
import type { Block, Executor, RunRequest, Session, SessionOptions } from '../../engine/program/executor.ts';
import { Random } from '../../engine/random.ts';
import { sharedFolder } from '../fixtures/shared.ts';
import { variants } from '../network/variants.ts';
import { quickExecutor } from '../train/tiny-spec.ts';
import { hasCpu } from './cpu-instruction-sets.ts';
import { asLateFrames, cardOf, pairWith, remotePortOf } from './remote-pair.ts';
import type { Pair } from './remote-pair.ts';
import { smallProgram, smallRequest } from './small-program.ts';

const crossings = [
  ['as clones', undefined],
  ['as frames, sent late', asLateFrames],
] as const;

async function onlyCard(pair: Pair): Promise<RemoteExecutor> {
  const [card] = await listRemoteCards(pair.connect);
  if (card === undefined) throw new Error('there is no card');
  return card.executor;
}

const side = 32;
const batch = 2;
const config = variants['narrow, three classes by softmax'] ?? defaultConfig;
const blocks: readonly Block[] = ['parameters', 'gradients', 'moment1', 'moment2'];

function networkRequest(phase: RunRequest['phase'], step: number): RunRequest {
  const random = new Random(step);
  const bytes = (count: number, bound: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => random.integer(bound));
  return {
    phase,
    count: batch,
    inputs: {
      samples: bytes(batch * side * side * 3, 256),
      labels: bytes(batch * side * side * 3, 256),
      placement: Float32Array.from(Array.from({ length: batch }, () => [1, 0, 0, 0, 1, 0, 0, 255]).flat()),
      seed: new Float32Array(batch).fill(1 / batch),
    },
    scalars: { learningRate: 1e-3, step },
  };
}

/** Forward, gradient, three steps: every output and every block after each. */
async function everything(executor: Executor): Promise<readonly unknown[]> {
  const session = await executor.open(trainingProgram(config, { width: side, height: side, batch }));
  await session.write('parameters', initialParameters(config, 'reference', 3));
  const found: unknown[] = [];
  for (const request of [
    networkRequest('forward', 1),
    networkRequest('gradient', 1),
    ...[1, 2, 3].map((step) => networkRequest('step', step)),
    { ...networkRequest('gradient', 4), count: batch },
  ]) {
    found.push(await session.run(request));
    for (const block of blocks) found.push(await session.read(block));
  }
  await session.write(
    'moment2',
    Float32Array.from({ length: session.program.parameterCount }, (_, i) => i),
  );
  found.push(await session.read('moment2'));
  await session.close();
  return found;
}

describe.each(crossings)('a remote executor, its messages crossing %s,', (_, crossing) => {
  it('computes what is behind it, bit for bit: probabilities, losses, gradients, three steps of AdamW', async () => {
    const remote = await onlyCard(pairWith(async () => [cardOf(quickExecutor)], crossing));
    expect(remote.name).toBe('webgpu');
    expect(remote.description).toBe(quickExecutor.description);
    expect(await everything(remote)).toEqual(await everything(quickExecutor));
    remote.release();
  });

  it('takes runs ahead, in order, of inputs that are changed at once, and that are parts of larger arrays', async () => {
    const remote = await onlyCard(pairWith(async () => [cardOf(aheadExecutor(quickExecutor))], crossing));
    const session = await remote.open(smallProgram(2, 2));
    expect(session.runsAhead).toBe(3);
    await session.write('parameters', Float32Array.of(1));
    const larger = new Float32Array(96);
    const reused = { a: larger.subarray(0, 32), b: larger.subarray(32, 64), dy: larger.subarray(64) };
    const runs = [2, 3, 4].map((b) => {
      const request = smallRequest(2, 2, b);
      for (const name of ['a', 'b', 'dy'] as const) reused[name].set(request.inputs[name] ?? []);
      const running = session.run({ ...request, inputs: reused });
      larger.fill(NaN);
      return running;
    });
    const parameters = Float32Array.of(10);
    const writing = session.write('parameters', parameters);
    parameters.fill(NaN);
    const reading = session.read('parameters');
    // Each step takes 0.5 · Σ dy · b = 16 b from the scale.
    const scales = [1, 1 - 32, 1 - 32 - 48];
    expect((await Promise.all(runs)).map(({ y }) => y?.[0])).toEqual([2, 3, 4].map((b, i) => 100 + b * scales[i]!));
    await writing;
    expect([...(await reading)]).toEqual([10]);
    expect(session.runsAhead).toBe(6);
    await session.close();
    remote.release();
  });
});

/** Runs one after the other whatever is asked, and says after each run that one more may be begun. */
function aheadExecutor(executor: Executor): Executor {
  return {
    name: 'ahead',
    description: 'one after the other',
    open: async (program, options) => {
      const session = await executor.open(program, options);
      let runsAhead = 3;
      let last: Promise<unknown> = Promise.resolve();
      const queued = <Value>(begin: () => Promise<Value>): Promise<Value> => {
        const begun = last.then(begin);
        last = begun.catch(() => undefined);
        return begun;
      };
      return {
        program,
        get runsAhead() {
          return runsAhead;
        },
        write: (block, values) => queued(() => session.write(block, values)),
        read: (block) => queued(() => session.read(block)),
        run: (request) =>
          queued(async () => {
            const outputs = await session.run(request);
            runsAhead++;
            return outputs;
          }),
        close: () => queued(() => session.close()),
      };
    },
  };
}

const golden = join(sharedFolder, 'golden');

describe.skipIf(!existsSync(golden) || !hasCpu)('what the reference code computes', () => {
  it.each(['ops.safetensors', 'net-64-narrow.safetensors'])(
    'is in %s what a remote executor computes',
    async (name) => {
      const remote = await onlyCard(pairWith(async () => [cardOf(cpuExecutor)]));
      const [found, wanted] = [
        await verifyGolden(join(golden, name), remote, { poison: true }),
        await verifyGolden(join(golden, name), cpuExecutor, { poison: true }),
      ];
      // They are held against a card's tolerances; the errors themselves are the same.
      const errors = ({ checks }: typeof found): unknown => checks.map(({ tensor, error }) => [tensor, error]);
      expect(errors(found)).toEqual(errors(wanted));
      expect([found.passed, wanted.passed]).toEqual([true, true]);
      remote.release();
    },
  );
});

describe('a session of a remote executor', () => {
  it('tells what the session behind it tells, and asks for it as it was asked', async () => {
    const asked: (SessionOptions | undefined)[] = [];
    const telling: Executor = {
      ...referenceExecutor,
      open: async (program, options) => {
        asked.push(options);
        const session = await referenceExecutor.open(program, options);
        return Object.assign(session, { notices: ['memory is short'], keeps: 5 });
      },
    };
    const remote = await onlyCard(pairWith(async () => [cardOf(telling)]));
    const session = await remote.open(smallProgram(1, 1), { poison: true, keep: 7 });
    expect(session).toMatchObject({ notices: ['memory is short'], keeps: 5, runsAhead: 0 });
    await remote.open(smallProgram(1, 1));
    expect(asked).toEqual([{ poison: true, keep: 7 }, { poison: false }]);
    remote.release();
  });

  it('refuses what does not fit the program before it is sent, as any session does', async () => {
    const remote = await onlyCard(pairWith(async () => [cardOf(referenceExecutor)]));
    const session = await remote.open(smallProgram(2, 2));
    const good = smallRequest(2, 2);
    await expect(session.run({ ...good, count: 3 })).rejects.toThrow(RangeError);
    await expect(session.run({ ...good, inputs: { ...good.inputs, b: new Float32Array(3) } })).rejects.toThrow(
      /input 'b' needs 32 values/,
    );
    await expect(session.run({ ...good, kept: { slots: [0, 1], brought: [] } })).rejects.toThrow(RangeError);
    await expect(session.write('parameters', new Float32Array(2))).rejects.toThrow(RangeError);
    expect((await session.run(good))['y']?.[0]).toBe(100);
    await session.close();
    await session.close();
    await expect(session.run(good)).rejects.toThrow('this session is closed');
    await expect(session.read('parameters')).rejects.toThrow('this session is closed');
    await expect(session.write('parameters', Float32Array.of(1))).rejects.toThrow('this session is closed');
    remote.release();
  });

  it('shares its port with others, and nothing is mixed up', async () => {
    const pair = pairWith(async () => [cardOf(referenceExecutor)]);
    const remote = await onlyCard(pair);
    const sessions = await Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const session = await remote.open(smallProgram(1 + (i % 3), 1));
        await session.write('parameters', Float32Array.of(i));
        return session;
      }),
    );
    const results = await Promise.all(sessions.map((session, i) => session.run(smallRequest(1 + (i % 3), 1, i))));
    results.forEach(({ y }, i) => expect(new Set(y)).toEqual(new Set([100 + i * i])));
    expect(pair.connections()).toBe(1);
    remote.release();
    // A session is open: the port stays.
    expect((await sessions[1]!.read('gradients')).length).toBe(1);
    await Promise.all(sessions.map((session) => session.close()));
    remote.release();
  });

  it('that is closed while it runs ends the run, with its results lost', async () => {
    const remote = await onlyCard(pairWith(async () => [cardOf(failingWhenClosed())]));
    const session = await remote.open(smallProgram(1, 1));
    const running = session.run(smallRequest(1, 1));
    const closing = session.close();
    await expect(running).rejects.toThrow(/^this session is closed$/);
    await closing;
    remote.release();
  });
});

/** A run ends when its session is closed, with an error. */
function failingWhenClosed(): Executor {
  return {
    ...referenceExecutor,
    open: async (program) => {
      const session = await referenceExecutor.open(program);
      const { promise, reject } = Promise.withResolvers<never>();
      const close = async (): Promise<void> => reject(new Error('this session is closed'));
      return Object.assign(session, { run: () => promise, close });
    },
  };
}

describe('the cards at the other end', () => {
  it('are none where no process has cards, and where a process has none', async () => {
    expect(await listRemoteCards(async () => undefined)).toEqual([]);
    expect(await listRemoteCards(pairWith(async () => []).connect)).toEqual([]);
  });

  it('have their names, and two of one name are two', async () => {
    const opened: string[] = [];
    const named = (name: string): Executor => ({
      ...referenceExecutor,
      description: name,
      open: async (program, options) => {
        opened.push(name);
        return referenceExecutor.open(program, options);
      },
    });
    let cards = [
      cardOf(named('first'), 'x'),
      { ...cardOf(named('soft'), 'y'), isSoftware: true },
      cardOf(named('second'), 'x'),
    ];
    const pair = pairWith(async () => cards);
    const found = await listRemoteCards(pair.connect);
    expect(found.map(({ name, isSoftware }) => [name, isSoftware])).toEqual([
      ['x', false],
      ['y', true],
      ['x', false],
    ]);
    for (const { executor } of found) await executor.open(smallProgram(1, 1));
    expect(opened.splice(0)).toEqual(['first', 'soft', 'second']);
    // After a new connection they may come in another order, or be gone.
    cards = [cards[1]!, cards[0]!];
    pair.kill();
    await expect.poll(pair.isOpen).toBe(false);
    await found[0]?.executor.open(smallProgram(1, 1));
    await found[1]?.executor.open(smallProgram(1, 1));
    expect(opened).toEqual(['first', 'soft']);
    expect(pair.connections()).toBe(2);
    await expect(found[2]?.executor.open(smallProgram(1, 1))).rejects.toMatchObject({ code: 'gpu-missing' });
    pair.kill();
  });

  it('that cannot be found are searched for again when somebody asks again', async () => {
    let isReady = false;
    const pair = pairWith(async () => {
      if (!isReady) throw new Error('the driver sleeps');
      return [cardOf(referenceExecutor)];
    });
    await expect(listRemoteCards(pair.connect)).rejects.toThrow('the driver sleeps');
    isReady = true;
    (await onlyCard(pair)).release();
  });
});

describe('a port that closes', () => {
  it('is closed when no session has been open over it for a while, and opened anew for the next', async () => {
    const pair = pairWith(async () => [cardOf(referenceExecutor)]);
    const [card] = await listRemoteCards(pair.connect, 60);
    const session = await card!.executor.open(smallProgram(2, 1));
    // One without a session is closed meanwhile.
    const idle = pairWith(async () => [cardOf(referenceExecutor)]);
    await listRemoteCards(idle.connect, 60);
    await expect.poll(idle.isOpen).toBe(false);
    expect((await session.run(smallRequest(2, 1)))['y']?.length).toBe(16);
    await session.close();
    expect(pair.isOpen()).toBe(true);
    await expect.poll(pair.isOpen).toBe(false);
    const again = await card!.executor.open(smallProgram(2, 1));
    expect((await again.run(smallRequest(2, 1)))['y']?.length).toBe(16);
    expect(pair.connections()).toBe(2);
    await again.close();
    card!.executor.release();
  });

  it('in the middle of runs is a lost card for the pending and for the next; then it can be opened again', async () => {
    const pair = pairWith(async () => [cardOf(aheadExecutor(referenceExecutor))]);
    const remote = await onlyCard(pair);
    const session = await remote.open(smallProgram(64, 4));
    const pending = [session.run(smallRequest(64, 4)), session.run(smallRequest(64, 4)), session.read('parameters')];
    const told = Promise.all(pending.map((one) => expect(one).rejects.toMatchObject({ code: 'gpu-lost' })));
    pair.kill();
    await told;
    await expect(session.run(smallRequest(64, 4))).rejects.toMatchObject({ code: 'gpu-lost' });
    await expect(session.run(smallRequest(64, 4))).rejects.toThrow("executor 'cpu'");
    await session.close();
    const again = await remote.open(smallProgram(2, 1));
    expect((await again.run(smallRequest(2, 1)))['y']?.length).toBe(16);
    await again.close();
    pair.kill();
    pair.leave();
    await expect.poll(pair.isOpen).toBe(false);
    await expect(remote.open(smallProgram(2, 1))).rejects.toMatchObject({ code: 'gpu-missing' });
  });

  it('closes the sessions at the other end when their runs are over, also one that was being opened', async () => {
    const log: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const slowly = Promise.withResolvers<undefined>();
    let opened = 0;
    const logging: Executor = {
      ...referenceExecutor,
      open: async (program) => {
        const name = `session ${String(++opened)}`;
        if (opened === 3) await slowly.promise;
        const session: Session = await referenceExecutor.open(program);
        return Object.assign(session, {
          run: async () => {
            await gate.promise;
            log.push(`${name} has run`);
            return {};
          },
          close: async () => void log.push(`${name} is closed`),
        });
      },
    };
    const pair = pairWith(async () => [cardOf(logging)]);
    const remote = await onlyCard(pair);
    const [first] = [await remote.open(smallProgram(1, 1)), await remote.open(smallProgram(1, 1))];
    const lost = [first.run(smallRequest(1, 1)), remote.open(smallProgram(1, 1))];
    const told = Promise.allSettled(lost);
    await expect.poll(() => opened).toBe(3);
    pair.kill();
    expect((await told).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect.poll(() => log).toEqual(['session 2 is closed']);
    gate.resolve(undefined);
    await expect.poll(() => log.slice(1)).toEqual(['session 1 has run', 'session 1 is closed']);
    slowly.resolve(undefined);
    await expect.poll(() => log.slice(3)).toEqual(['session 3 is closed']);
  });

  it('because its thread has died is no different', async () => {
    let worker: Worker | undefined;
    const [card] = await listRemoteCards(async () => {
      worker = new Worker(new URL('remote-worker.ts', import.meta.url));
      const { port1, port2 } = new MessageChannel();
      worker.postMessage(port2, [port2]);
      return remotePortOf(port1);
    });
    const program = smallProgram(200, 4);
    const session = await card!.executor.open(program);
    await session.write('parameters', Float32Array.of(1));
    expect((await session.run(smallRequest(200, 1)))['y']?.[0]).toBe(102);
    const running = session.run(smallRequest(200, 4));
    const told = expect(running).rejects.toMatchObject({ code: 'gpu-lost' });
    await worker?.terminate();
    await told;
    const again = await card!.executor.open(program);
    expect((await again.run(smallRequest(200, 1)))['y']?.[0]).toBe(100);
    await again.close();
    card!.executor.release();
    await worker?.terminate();
  });
});
