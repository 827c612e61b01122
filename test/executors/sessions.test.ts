import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import type { Executor, SessionOptions } from '../../engine/program/executor.ts';
import { selectiveScanCase } from '../program/operation-cases.ts';
import { programOfCase } from '../program/operation-case.ts';
import { hasCpu } from './cpu-instruction-sets.ts';
import { gpu, webgpuExecutor } from './webgpu-adapter.ts';
import { smallProgram, smallRequest } from './small-program.ts';

const executors: readonly (readonly [string, Executor])[] = [
  ['reference', referenceExecutor],
  ...(hasCpu ? ([['cpu', cpuExecutor]] as const) : []),
  ...(gpu === undefined ? [] : ([['webgpu', webgpuExecutor]] as const)),
];

describe.each(executors)('a session of the %s executor', (_name, executor) => {
  it('computes what the program says, and its update starts from what was written', async () => {
    const session = await executor.open(smallProgram(2, 3));
    await session.write('parameters', Float32Array.of(3));
    const { y } = await session.run(smallRequest(2, 3));
    expect([...(y ?? [])]).toEqual(new Array(3 * 16).fill(106));
    // Three samples of 16 elements, each with dy · b = 2; one step at rate 0.5.
    expect([...(await session.read('gradients'))]).toEqual([96]);
    expect([...(await session.read('parameters'))]).toEqual([3 - 48]);
    await session.close();
  });

  it('copies what it is given: changing an array afterwards changes nothing', async () => {
    const session = await executor.open(smallProgram(2, 1));
    const parameters = Float32Array.of(3);
    await session.write('parameters', parameters);
    parameters[0] = 5;
    const read = await session.read('parameters');
    read[0] = 7;
    expect([...(await session.read('parameters'))]).toEqual([3]);
    const request = smallRequest(2, 1);
    const running = session.run(request);
    request.inputs['b']?.fill(1000);
    expect((await running)['y']?.[0]).toBe(106);
    await session.close();
  });

  it('can be closed twice, and refuses everything else once it is closed', async () => {
    const session = await executor.open(smallProgram(2, 1));
    await session.close();
    await session.close();
    await expect(session.run(smallRequest(2, 1))).rejects.toThrow('this session is closed');
    await expect(session.write('parameters', Float32Array.of(1))).rejects.toThrow('is closed');
    await expect(session.read('moment2')).rejects.toThrow('is closed');
  });

  it('refuses a request that does not fit its program and goes on after that', async () => {
    const session = await executor.open(smallProgram(2, 2));
    const good = smallRequest(2, 2);
    const { a, ...rest } = good.inputs;
    await expect(session.run({ ...good, count: 3 })).rejects.toThrow('1 to 2 samples, not 3');
    await expect(session.run({ ...good, inputs: rest })).rejects.toThrow("input 'a' needs 32 values");
    await expect(session.run({ ...good, inputs: { ...rest, a: new Uint8Array(a?.length ?? 0) } })).rejects.toThrow(
      "input 'a' must be f32",
    );
    await expect(session.run({ ...good, scalars: { learningRate: NaN, step: 1 } })).rejects.toThrow(
      'finite learning rate',
    );
    await expect(session.write('parameters', new Float32Array(2))).rejects.toThrow(
      "the block 'parameters' of this program needs 1 values, got 2",
    );
    await session.write('parameters', Float32Array.of(1));
    expect((await session.run(good))['y']?.[31]).toBe(102);
    await session.close();
  });

  it('lives beside fifty others without mixing anything up', async () => {
    const sides = Array.from({ length: 50 }, (_, i) => 1 + (i % 7));
    const sessions = await Promise.all(sides.map((side) => executor.open(smallProgram(side, 2), { threads: 2 })));
    await Promise.all(sessions.map((session, i) => session.write('parameters', Float32Array.of(i))));
    const results = await Promise.all(sessions.map((session, i) => session.run(smallRequest(sides[i] ?? 1, 2, i))));
    results.forEach(({ y }, i) => {
      expect(y?.length).toBe(2 * (sides[i] ?? 1) ** 2 * 4);
      expect(new Set(y)).toEqual(new Set([100 + i * i]));
    });
    await Promise.all(sessions.map((session) => session.close()));
  });

  it('gives its memory back when it is closed: 200 sessions take no more than a few', async () => {
    // 1.6 MB for every tensor: 10 MB for a session.
    const side = 320;
    const request = smallRequest(side, 1);
    const openAndClose = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        const session = await executor.open(smallProgram(side, 1));
        if (i % 20 === 0) await session.run(request);
        await session.close();
      }
    };
    await openAndClose(20);
    const before = process.memoryUsage.rss();
    await openAndClose(200);
    // A leak would be 2 GB. What JavaScript's own heap keeps until its next collection is none.
    expect(process.memoryUsage.rss() - before).toBeLessThan(1e9);
  });
});

describe.skipIf(!hasCpu)('a session of the cpu executor', () => {
  it('refuses a second run, and a look at its values, while it is running', async () => {
    const side = 256;
    const session = await cpuExecutor.open(smallProgram(side, 4), { threads: 1 });
    await session.write('parameters', Float32Array.of(1));
    const running = session.run(smallRequest(side, 4));
    await expect(session.run(smallRequest(side, 4))).rejects.toThrow('this session is running');
    await expect(session.read('gradients')).rejects.toThrow('await the run first');
    expect((await running)['y']?.[0]).toBe(102);
    await session.close();
  });

  it('that is closed while it runs ends the run, with its results lost', async () => {
    const side = 256;
    const session = await cpuExecutor.open(smallProgram(side, 4), { threads: 2 });
    const running = session.run(smallRequest(side, 4));
    await session.close();
    await expect(running).rejects.toThrow('this session is closed');
  });

  it('gives an instruction set that the machine lacks its name, and those that it has', async () => {
    const opening = (): Promise<unknown> => cpuExecutor.open(smallProgram(1, 1), { instructionSet: 'sve9' });
    await expect(opening()).rejects.toMatchObject({ code: 'instruction-set-missing' });
    await expect(opening()).rejects.toThrow(/has no 'sve9'. Choose one of: .*(baseline|neon)/);
  });

  it('of a scan with another number of states than its kernel has is refused by both numbers', async () => {
    const { program } = programOfCase(selectiveScanCase([1, 2], 1, 1, { states: 8 }), { batch: 1, use: 'once' });
    await expect(cpuExecutor.open(program)).rejects.toThrow('has 16 states, not 8');
  });

  it.runIf(existsSync('/proc/self/task'))(
    'has as many threads as were asked for, but one per sample at most',
    async () => {
      const threads = (): number => readdirSync('/proc/self/task').length;
      const open = (options: SessionOptions): ReturnType<Executor['open']> =>
        cpuExecutor.open(smallProgram(2, 8), options);
      // Node's own threads start with the first asynchronous call.
      const first = await open({ threads: 1 });
      await first.run(smallRequest(2, 8));
      const before = threads();
      const session = await open({ threads: 6 });
      expect(threads() - before).toBe(5);
      await session.close();
      expect(threads()).toBe(before);
      const many = await open({ threads: 100 });
      expect(threads() - before).toBe(7);
      await Promise.all([first.close(), many.close()]);
      expect(threads()).toBe(before);
    },
  );
});
