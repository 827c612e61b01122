/** What a graphics card says reaches whoever computes on it from afar. */
import { describe, expect, it } from 'vitest';
import type { Card } from '../../engine/executors/remote/card.ts';
import { listRemoteCards } from '../../engine/executors/remote/remote-executor.ts';
import { WebGpuExecutor } from '../../engine/executors/webgpu/webgpu-executor.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { predictionProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { Random } from '../../engine/random.ts';
import { variants } from '../network/variants.ts';
import { conv3x3Case } from '../program/operation-cases.ts';
import { programOfCase } from '../program/operation-case.ts';
import { cardOf, pairWith } from './remote-pair.ts';
import type { Crossing } from './remote-pair.ts';
import { smallProgram, smallRequest } from './small-program.ts';
import { gpu, gpuName } from './webgpu-adapter.ts';

const config = variants['narrow, no bridge'] ?? defaultConfig;

describe.skipIf(gpu === undefined)(`a remote executor on ${gpuName}`, () => {
  it('computes what the card computes, with runs ahead', async () => {
    const direct = new WebGpuExecutor(gpu as GPU, { description: gpuName });
    const { parameters, request, ...built } = programOfCase(conv3x3Case([7, 9], 3, 8), { batch: 3, use: 'twice' });
    const program = { ...built.program, recipe: 'this very program' };
    const cards = async (): Promise<Card[]> => [cardOf(direct, gpuName)];
    const [card] = await listRemoteCards(pairWith(cards, undefined, () => program).connect);
    const results = [];
    for (const executor of [direct, card!.executor]) {
      const session = await executor.open(program, { poison: true });
      await session.write('parameters', parameters);
      const counts = [3, 1, 2].slice(0, 1 + session.runsAhead);
      expect(counts.length).toBe(3);
      results.push(await Promise.all(counts.map((count) => session.run(request('gradient', count)))));
      results.push(await session.read('gradients'));
      await session.close();
    }
    expect(results.slice(2)).toEqual(results.slice(0, 2));
    card!.executor.release();
    await direct.release();
  });

  it('keeps samples on the card, so that they are sent once', async () => {
    const direct = new WebGpuExecutor(gpu as GPU, { description: gpuName });
    const sent: unknown[] = [];
    const watched: Crossing = (port) => ({
      ...port,
      send: (message) => {
        sent.push(message);
        port.send(message);
      },
    });
    const [card] = await listRemoteCards(pairWith(async () => [cardOf(direct, gpuName)], watched).connect);
    const program = predictionProgram(config, { width: 32, height: 32, batch: 2 });
    const session = await card!.executor.open(program, { keep: 5 });
    expect(session.keeps).toBe(5);
    await session.write('parameters', initialParameters(config, 'reference', 1));
    const random = new Random(2);
    const samples = Uint8Array.from({ length: 2 * 32 * 32 * 3 }, () => random.integer(256));
    const placement = Float32Array.from([1, 0, 0, 0, 1, 0, 0, 255, 1, 0, 0, 0, 1, 0, 0, 255]);
    const run = (bytes: Uint8Array, brought: readonly number[]): ReturnType<typeof session.run> =>
      session.run({
        phase: 'forward',
        count: 2,
        inputs: { samples: bytes, placement },
        kept: { slots: [4, 1], brought },
      });
    const first = await run(samples, [0, 1]);
    sent.length = 0;
    expect(await run(new Uint8Array(), [])).toEqual(first);
    expect(sent[0]).toMatchObject({ request: { inputs: { samples: new Uint8Array() } } });
    await session.close();
    card!.executor.release();
    await direct.release();
  });

  it('passes on that the card was lost, with its code, and opens it again', async () => {
    const direct = new WebGpuExecutor(gpu as GPU, { description: gpuName });
    const [card] = await listRemoteCards(pairWith(async () => [cardOf(direct, gpuName)]).connect);
    const session = await card!.executor.open(smallProgram(64, 2));
    await session.run(smallRequest(64, 2));
    const running = session.run(smallRequest(64, 2));
    const told = expect(running).rejects.toMatchObject({ name: 'MambrushError', code: 'gpu-lost' });
    // Destroys the device.
    await direct.release();
    await told;
    await expect(session.run(smallRequest(64, 2))).rejects.toThrow('graphics card stopped working');
    await session.close();
    const again = await card!.executor.open(smallProgram(2, 1));
    expect((await again.run(smallRequest(2, 1)))['y']?.length).toBe(16);
    await again.close();
    card!.executor.release();
    await direct.release();
  });
});
