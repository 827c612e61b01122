import { describe, expect, it } from 'vitest';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import { WebGpuExecutor } from '../../engine/executors/webgpu/webgpu-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { largestDifference, meanOf } from '../../engine/network/verify/golden-check.ts';
import type { Executor, FloatArray, RunRequest, Session } from '../../engine/program/executor.ts';
import { sampleImage } from '../../engine/program/operations/sample-image.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import { Random } from '../../engine/random.ts';
import { conv3x3Case, groupnormGeluCase, selectiveScanCase } from '../program/operation-cases.ts';
import { programOfCase } from '../program/operation-case.ts';
import { hasCpu } from './cpu-instruction-sets.ts';
import { smallProgram, smallRequest } from './small-program.ts';
import { cardWith, gpu, gpuName, webgpuExecutor } from './webgpu-adapter.ts';

const side = 32;
const batch = 3;

const placement = Float32Array.from(Array.from({ length: batch }, () => [1, 0, 0, 0, 1, 0, 0, 255]).flat());

/** A step of the network on pictures that a seed gives, at a rate at which ten steps change much. */
function networkStep(step: number): RunRequest {
  const random = new Random(step % 3);
  const bytes = (count: number, most: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => random.integer(most));
  return {
    phase: 'step',
    count: batch,
    inputs: {
      samples: bytes(batch * side * side * 3, 256),
      labels: bytes(batch * side * side, 255),
      placement,
      seed: new Float32Array(batch).fill(1 / batch),
    },
    scalars: { learningRate: 3e-3, step },
  };
}

async function steps(session: Session, first: number, last: number): Promise<readonly number[]> {
  const losses: number[] = [];
  for (let step = first; step <= last; step++) {
    losses.push(meanOf((await session.run(networkStep(step)))['loss']));
  }
  return losses;
}

const blocks = ['parameters', 'moment1', 'moment2'] as const;

async function openNetwork(executor: Executor): Promise<Session> {
  const session = await executor.open(trainingProgram(defaultConfig, { width: side, height: side, batch }));
  await session.write('parameters', initialParameters(defaultConfig, 'reference', 3));
  return session;
}

describe.skipIf(gpu === undefined || !hasCpu)(`training on ${gpuName}`, () => {
  it('gives the losses of the cpu executor for ten steps, and a run moves from one to the other in the middle', async () => {
    const [onGpu, onCpu] = [await openNetwork(webgpuExecutor), await openNetwork(cpuExecutor)];
    const wanted = await steps(onCpu, 1, 10);
    const losses = [...(await steps(onGpu, 1, 5))];
    const moved = await openNetwork(cpuExecutor);
    for (const block of blocks) await moved.write(block, await onGpu.read(block));
    losses.push(...(await steps(moved, 6, 8)));
    for (const block of blocks) await onGpu.write(block, await moved.read(block));
    losses.push(...(await steps(onGpu, 9, 10)));
    for (const [i, loss] of wanted.entries()) expect(Math.abs((losses[i] ?? NaN) - loss)).toBeLessThan(1e-4);
    expect(wanted[9]).toBeLessThan((wanted[0] ?? 0) - 0.1);
    // From the same numbers the same steps lead to the same bits: what a resumed run relies on.
    const before = await Promise.all(blocks.map((block) => onGpu.read(block)));
    const again: unknown[] = [];
    for (let repetition = 0; repetition < 2; repetition++) {
      for (const [i, block] of blocks.entries()) await onGpu.write(block, before[i] ?? new Float32Array());
      again.push([await steps(onGpu, 11, 12), await onGpu.read('parameters'), await onGpu.read('moment2')]);
    }
    expect(again[1]).toEqual(again[0]);
    await Promise.all([onGpu, onCpu, moved].map((session) => session.close()));
  });
});

/** A card that gives no memory to the first `refusals` programs that are opened. */
function shortOfMemory(refusals: number): GPU {
  let left = refusals;
  return cardWith((device) => {
    const [push, pop] = [device.pushErrorScope.bind(device), device.popErrorScope.bind(device)];
    const scopes: GPUErrorFilter[] = [];
    device.pushErrorScope = (filter) => {
      scopes.push(filter);
      push(filter);
    };
    device.popErrorScope = async () => {
      const isMemory = scopes.pop() === 'out-of-memory';
      const error = await pop();
      return isMemory && left-- > 0 ? { message: 'no memory' } : error;
    };
  });
}

/** A card whose first device is asked for a buffer that there cannot be. */
function misusedCard(): GPU {
  let isFirst = true;
  return cardWith((device) => {
    if (!isFirst) return;
    isFirst = false;
    const { queue } = device;
    const submit = queue.submit.bind(queue);
    queue.submit = (commands) => {
      device.createBuffer({ size: 16, usage: 0x81 });
      submit(commands);
    };
  });
}

describe.skipIf(gpu === undefined)(`a session on ${gpuName}`, () => {
  it('halves what it computes at once until it fits the memory', async () => {
    const executor = new WebGpuExecutor(shortOfMemory(2), { description: gpuName });
    const session = await executor.open(smallProgram(2, 8));
    expect(session.notices[0]).toContain('in parts of 2');
    await session.write('parameters', Float32Array.of(3));
    const { y } = await session.run(smallRequest(2, 7));
    expect([...(y ?? [])]).toEqual(new Array(7 * 16).fill(106));
    expect([...(await session.read('gradients'))]).toEqual([7 * 32]);
    await executor.release();
  });

  it('in slices, for want of memory, is the same within rounding, and says so', async () => {
    const small = new WebGpuExecutor(gpu as GPU, { description: gpuName, mostSlots: 2 });
    const { program, parameters, request } = programOfCase(conv3x3Case([7, 9], 3, 8), { batch, use: 'twice' });
    const [whole, sliced] = [await webgpuExecutor.open(program), await small.open(program, { poison: true })];
    expect(whole.notices).toEqual([]);
    expect(sliced.notices.join()).toContain('does not hold a batch of 3: it is computed in parts of 2');
    const results = [];
    for (const session of [whole, sliced]) {
      await session.write('parameters', parameters);
      const outputs = await session.run(request('gradient', batch));
      results.push({ outputs, gradients: await session.read('gradients') });
      await session.close();
    }
    const [wanted, found] = results;
    expect(found?.outputs).toEqual(wanted?.outputs);
    wanted?.gradients.forEach((value, i) => {
      expect(Math.abs(value - (found?.gradients[i] ?? NaN))).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    });
    await small.release();
  });

  it('is refused with advice when not even one sample fits', async () => {
    const executor = new WebGpuExecutor(shortOfMemory(1), { description: gpuName });
    await expect(executor.open(smallProgram(2, 1))).rejects.toMatchObject({ code: 'gpu-out-of-memory' });
    await executor.release();
  });

  it('that a mistake has broken is refused, and the next session opens the card again', async () => {
    const executor = new WebGpuExecutor(misusedCard(), { description: gpuName });
    const session = await executor.open(smallProgram(2, 1));
    await expect(session.run(smallRequest(2, 1))).rejects.toMatchObject({ code: 'gpu-error' });
    await expect(session.read('gradients')).rejects.toThrow('refuses to compute');
    const again = await executor.open(smallProgram(2, 1));
    expect((await again.run(smallRequest(2, 1)))['y']?.length).toBe(16);
    await executor.release();
  });

  it('says that the card was lost, in a run and after it; the next session opens it again', async () => {
    const executor = new WebGpuExecutor(gpu as GPU, { description: gpuName });
    const session = await executor.open(smallProgram(64, 2));
    const running = session.run(smallRequest(64, 2));
    await executor.release();
    await expect(running).rejects.toMatchObject({ code: 'gpu-lost' });
    await expect(session.run(smallRequest(64, 2))).rejects.toThrow("executor 'cpu'");
    await session.close();
    const again = await executor.open(smallProgram(2, 1));
    expect((await again.run(smallRequest(2, 1)))['y']?.length).toBe(16);
    await executor.release();
  });

  it('that is closed while it runs ends the run, with its results lost', async () => {
    const session = await webgpuExecutor.open(smallProgram(64, 4));
    const running = session.run(smallRequest(64, 4));
    await session.close();
    await expect(running).rejects.toThrow('this session is closed');
  });

  it('sums lanes by subgroups where the card has them and has just summed rightly, else by a tree', async () => {
    const modules: string[] = [];
    const noting = (change: (code: string) => string) => (device: GPUDevice) => {
      const create = device.createShaderModule.bind(device);
      device.createShaderModule = ({ code, ...rest }) => {
        if (rest.label !== 'probe') modules.push(code);
        return create({ ...rest, code: rest.label === 'probe' ? change(code) : code });
      };
    };
    const cards = {
      right: cardWith(noting((code) => code)),
      wrong: cardWith(noting((code) => code.replace('subgroupAdd(value)', 'value'))),
      refused: cardWith(noting((code) => code.replace('subgroupAdd(value)', 'subgroupAddd(value)'))),
      without: cardWith(
        noting((code) => code),
        new Set(['timestamp-query']),
      ),
    };
    const { program, parameters, request } = programOfCase(groupnormGeluCase([9, 7], 8), { batch: 2, use: 'once' });
    const bySubgroups: Record<string, boolean> = {};
    for (const [name, card] of Object.entries(cards)) {
      const executor = new WebGpuExecutor(card, { description: gpuName });
      const session = await executor.open(program, { poison: true });
      bySubgroups[name] = modules.splice(0).some((code) => code.startsWith('enable subgroups;'));
      await session.write('parameters', parameters);
      const outputs = await session.run(request('gradient', 2));
      const found = [...Object.values(outputs), await session.read('gradients')];
      const wanted = await referenceResults(request('gradient', 2));
      found.forEach((values, i) => expect(largestDifference(values, wanted[i]!), name).toBeLessThan(1e-5));
      await executor.release();
    }
    const hasThem = (gpu as GPU).wgslLanguageFeatures.has('subgroup_id');
    expect(bySubgroups).toEqual({ right: hasThem, wrong: false, refused: false, without: false });

    async function referenceResults(asked: RunRequest): Promise<readonly FloatArray[]> {
      const session = await referenceExecutor.open(program);
      await session.write('parameters', parameters);
      const outputs = await session.run(asked);
      return [...Object.values(outputs), await session.read('gradients')];
    }
  });

  it('takes several runs at once and answers each with its own values', async () => {
    const session = await webgpuExecutor.open(smallProgram(4, 2));
    await session.write('parameters', Float32Array.of(1));
    const runs = [1, 2, 3].map((b) => session.run({ ...smallRequest(4, 2, b), phase: 'forward' }));
    expect((await Promise.all(runs)).map(({ y }) => y?.[0])).toEqual([101, 102, 103]);
    await session.close();
  });

  it('that takes many quick runs at once is read from only every few of them', async () => {
    let reads = 0;
    const executor = new WebGpuExecutor(
      cardWith((device) => {
        const create = device.createBuffer.bind(device);
        device.createBuffer = (descriptor) => {
          const buffer = create(descriptor);
          const map = buffer.mapAsync.bind(buffer);
          buffer.mapAsync = (...args) => {
            reads++;
            return map(...args);
          };
          return buffer;
        };
      }),
      { description: gpuName },
    );
    const session = await executor.open(smallProgram(2, 1));
    await session.write('parameters', Float32Array.of(1));
    const values: (number | undefined)[] = [];
    const inFlight: ReturnType<Session['run']>[] = [];
    const settle = async (): Promise<void> => void values.push((await inFlight.shift())?.['y']?.[0]);
    for (let b = 0; b < 100; b++) {
      inFlight.push(session.run({ ...smallRequest(2, 1, b), phase: 'forward' }));
      if (inFlight.length > session.runsAhead) await settle();
    }
    while (inFlight.length > 0) await settle();
    expect(values).toEqual(Array.from({ length: 100 }, (_, b) => 100 + b));
    expect(session.runsAhead).toBeGreaterThan(2);
    expect(reads).toBeLessThan(75);
    await executor.release();
  });

  it('of a scan with a number of states that is no multiple of four is refused by it', async () => {
    const { program } = programOfCase(selectiveScanCase([1, 2], 1, 1, { states: 6 }), { batch: 1, use: 'once' });
    await expect(webgpuExecutor.open(program)).rejects.toMatchObject({ code: 'gpu-operation-refused' });
    await expect(webgpuExecutor.open(program)).rejects.toThrow('it has 6 states');
  });
});

describe.skipIf(gpu === undefined)(`samples kept on ${gpuName}`, () => {
  const program = trainingProgram(defaultConfig, { width: side, height: side, batch });
  const [sampleSize, labelSize] = [side * side * 3, side * side];
  /** Samples of these pictures' bytes, in this order. */
  const chosen = ({ inputs }: RunRequest, positions: readonly number[]): RunRequest['inputs'] => {
    const take = (values: RunRequest['inputs'][string] | undefined, size: number): Uint8Array =>
      Uint8Array.from(positions.flatMap((at) => [...(values ?? []).slice(at * size, (at + 1) * size)]));
    return { ...inputs, samples: take(inputs['samples'], sampleSize), labels: take(inputs['labels'], labelSize) };
  };
  const open = async (keep?: number): Promise<Session> => {
    const session = await webgpuExecutor.open(program, { poison: true, ...(keep !== undefined && { keep }) });
    await session.write('parameters', initialParameters(defaultConfig, 'reference', 3));
    return session;
  };

  it('are computed as if every run had brought them along: those that lie there, in any order, and those replaced', async () => {
    const [plain, keeping] = [await open(), await open(7)];
    expect([plain.keeps, keeping.keeps]).toEqual([0, 7]);
    const [one, other] = [networkStep(1), networkStep(2)];
    const wanted = [
      await plain.run(one),
      await plain.run({ ...one, inputs: chosen(one, [2, 0, 1]) }),
      await plain.run({ ...one, inputs: chosen(one, [1, 2, 0]) }),
      await plain.run({
        ...other,
        count: 2,
        inputs: { ...chosen(other, [1, 0]), placement: placement.subarray(0, 16), seed: new Float32Array(2) },
      }),
    ];
    const found = [
      await keeping.run({ ...one, kept: { slots: [6, 0, 3], brought: [0, 1, 2] } }),
      await keeping.run({ ...one, inputs: chosen(one, []), kept: { slots: [3, 6, 0], brought: [] } }),
      await keeping.run({ ...one, inputs: chosen(one, [0]), kept: { slots: [0, 3, 5], brought: [2] } }),
      await keeping.run({
        ...other,
        count: 2,
        inputs: { ...chosen(other, [1, 0]), placement: placement.subarray(0, 16), seed: new Float32Array(2) },
        kept: { slots: [3, 1], brought: [0, 1] },
      }),
    ];
    expect(found).toEqual(wanted);
    expect(await keeping.read('parameters')).toEqual(await plain.read('parameters'));
    await expect(keeping.run({ ...one, kept: { slots: [1, 1, 2], brought: [0, 1, 2] } })).rejects.toThrow(RangeError);
    await expect(keeping.run({ ...one, kept: { slots: [0, 1, 7], brought: [0, 1, 2] } })).rejects.toThrow(RangeError);
    await expect(plain.run({ ...one, kept: { slots: [0, 1, 2], brought: [0, 1, 2] } })).rejects.toThrow(RangeError);
    await Promise.all([plain, keeping].map((session) => session.close()));
  });

  it('are fewer where memory is short, and none rather than fewer than a run has', async () => {
    const builder = new ProgramBuilder();
    const samples = builder.input('samples', [2, 2, 1], 'u8');
    builder.output(builder.apply1(sampleImage, { samples, placement: builder.input('placement', [8]) }), 'y');
    const small = builder.build(batch);
    const half = new WebGpuExecutor(shortOfMemory(1), { description: gpuName });
    const none = new WebGpuExecutor(shortOfMemory(2), { description: gpuName });
    const sessions = [await half.open(small, { keep: 9 }), await none.open(small, { keep: 9 })];
    expect(sessions.map(({ keeps, notices }) => [keeps, notices.length])).toEqual([
      [4, 0],
      [0, 0],
    ]);
    await Promise.all([half.release(), none.release()]);
  });
});
