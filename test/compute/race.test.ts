import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chooseExecutor } from '../../engine/compute/choose-executor.ts';
import type { ChosenExecutor } from '../../engine/compute/choose-executor.ts';
import { createCompute } from '../../engine/compute/compute.ts';
import type { Compute } from '../../engine/compute/compute.ts';
import { cardDevice } from '../../engine/compute/device.ts';
import type { Device } from '../../engine/compute/device.ts';
import { raceExecutors, runTrial } from '../../engine/compute/race.ts';
import { MambrushError } from '../../engine/contract/error.ts';
import { notUsedText } from '../../engine/contract/fallback.ts';
import type { Fallback } from '../../engine/contract/fallback.ts';
import { openCompute } from '../../engine/host/predicting/open-compute.ts';
import { readCheckpoint } from '../../engine/network/checkpoint.ts';
import type { Executor, Session } from '../../engine/program/executor.ts';
import { hasCpu } from '../executors/cpu-instruction-sets.ts';
import { gpu, gpuName, isSimulated } from '../executors/webgpu-adapter.ts';
import { narrow, quickExecutor } from '../train/tiny-spec.ts';
import { writeFreshCheckpoint } from '../host/trained-checkpoint.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mambrush-race-'));
  vi.stubEnv('MAMBRUSH_CACHE', folder);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const size = { width: 32, height: 32 };
const step = { phase: 'step', network: narrow, size, batch: 2 } as const;
const forward = { phase: 'forward', network: narrow, size, batch: 2 } as const;

type Run = Session['run'];

/** The quick executor with something changed in what it runs; `opened` counts its sessions. */
function changedExecutor(change: (run: Run) => Run): Executor & { opened: number } {
  const changed = {
    name: quickExecutor.name,
    description: quickExecutor.description,
    opened: 0,
    open: async (...args: Parameters<Executor['open']>): Promise<Session> => {
      changed.opened++;
      const session = await quickExecutor.open(...args);
      session.run = change(session.run.bind(session));
      return session;
    },
  };
  return changed;
}

const slowly =
  (run: Run): Run =>
  async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return run(request);
  };

/** Where there is one card, which computes with this executor. */
function computeWith(executor: Executor): Compute {
  const known = [cardDevice({ name: 'a card', isSoftware: false, executor }, 0)];
  return { ...createCompute(), cards: { known, find: () => Promise.resolve(known) } };
}

const slowOwn = async (): Promise<ChosenExecutor> => ({
  ...(await chooseExecutor(createCompute())),
  executor: changedExecutor(slowly),
});

describe.skipIf(gpu === undefined || !isSimulated)('where the only card is simulated', () => {
  it('a run that asks for none in particular trains on the processor, and the reason is said once', async () => {
    const compute = createCompute();
    const own = await chooseExecutor(compute);
    const first = await raceExecutors(compute, own, {}, step, {});
    expect(first.choice.executor).toBe(quickExecutor.name);
    expect(first.choice.refusals).toEqual([
      { code: 'gpu-missing', reason: `${gpuName} is only simulated by the processor` },
    ]);
    expect(await raceExecutors(compute, own, {}, step, {})).toEqual(own);
  });
});

describe.skipIf(!hasCpu)('a race', () => {
  it.each([step, forward])(
    'is decided by what the job itself takes, a $phase, and its figures are said',
    async (job) => {
      const fast = computeWith(quickExecutor);
      const won = await raceExecutors(fast, await slowOwn(), {}, job, {});
      expect(won.choice.executor).toBe('webgpu');
      expect(won.choice.race?.map(({ executor }) => executor)).toEqual([quickExecutor.name, 'webgpu']);
      const [own, card] = won.choice.race ?? [];
      expect(card!.milliseconds).toBeLessThan(own!.milliseconds);
      const slow = computeWith(changedExecutor(slowly));
      const lost = await raceExecutors(slow, await chooseExecutor(slow), {}, job, {});
      expect(lost.choice.executor).toBe(quickExecutor.name);
      expect(lost.choice.race).toHaveLength(2);
    },
  );

  it('is run once in an engine, and the next time the same wins with the same figures', async () => {
    const card = changedExecutor((run) => run);
    const compute = computeWith(card);
    const first = await raceExecutors(compute, await slowOwn(), {}, forward, {});
    const { opened } = card;
    const second = await raceExecutors(compute, await slowOwn(), {}, forward, {});
    expect(second.choice).toEqual(first.choice);
    expect(card.opened).toBe(opened);
    await raceExecutors(compute, await slowOwn(), {}, { ...forward, batch: 1 }, {});
    expect(card.opened).toBe(opened + 1);
  });

  it('is not run where somebody asked for an executor by its name, or for an instruction set', async () => {
    const compute = computeWith(quickExecutor);
    const own = await chooseExecutor(compute);
    expect(await raceExecutors(compute, own, { executor: quickExecutor.name }, step, {})).toBe(own);
    expect(await raceExecutors(compute, own, { instructionSet: 'baseline' }, step, {})).toBe(own);
  });

  it('is lost by a card that computes something else, with how far it is off', async () => {
    const wrong = changedExecutor((run) => async (request) => {
      const outputs = await run(request);
      const { probabilities } = outputs;
      return probabilities === undefined ? outputs : { ...outputs, probabilities: probabilities.map((p) => p + 0.5) };
    });
    const compute = computeWith(wrong);
    const own = await slowOwn();
    // With this its self-check counts as passed: it is of the same name and description.
    await raceExecutors(computeWith(quickExecutor), own, {}, forward, {});
    const { choice } = await raceExecutors(compute, own, {}, forward, {});
    expect(choice.executor).toBe(quickExecutor.name);
    expect(choice.refusals).toEqual([
      { code: 'results-differ', executor: 'webgpu', difference: expect.closeTo(0.5, 5) as number },
    ]);
    expect(choice.refusals?.map(notUsedText)).toEqual([
      "'webgpu' is not used: its probabilities differ by 5.0e-1 here.",
    ]);
  });

  it('is lost by a card that fails, with its error, and is run again the next time', async () => {
    const lost = changedExecutor(() => () => Promise.reject(new MambrushError('gpu-lost', 'The card is gone.')));
    const compute = computeWith(lost);
    const { choice } = await raceExecutors(compute, await chooseExecutor(compute), {}, step, {});
    expect(choice.executor).toBe(quickExecutor.name);
    const error = { code: 'gpu-lost', message: 'The card is gone.' };
    expect(choice.refusals).toEqual([{ code: 'executor-failed', executor: 'webgpu', error }]);
    expect(compute.races.size).toBe(0);
  });

  it('does not measure the slow reference where it is all that the processor has: a card wins at once', async () => {
    const own = await slowOwn();
    const fallback: Fallback = {
      refusals: [{ code: 'executor-unavailable', executor: 'cpu', reason: 'it is not built' }],
      instead: 'reference',
    };
    const reference = { ...own, choice: { ...own.choice, fallback } };
    const { choice } = await raceExecutors(computeWith(quickExecutor), reference, {}, step, {});
    expect(choice).toMatchObject({ executor: 'webgpu', race: [{ executor: 'webgpu' }] });
    expect(choice.fallback).toBeUndefined();
  });
});

it('an executor is measured by its own training step', async () => {
  expect((await runTrial(quickExecutor, step)).milliseconds).toBeGreaterThan(0);
});

/** Where this machine's card counts as one that is not simulated. */
function computeWithThisCard(): Compute {
  const compute = createCompute();
  const asIfReal = (devices: readonly Device[]): readonly Device[] =>
    devices.map((device) => ({ ...device, isSoftware: false }));
  return {
    ...compute,
    cards: {
      get known() {
        return asIfReal(compute.cards.known);
      },
      find: async () => asIfReal(await compute.cards.find()),
    },
  };
}

describe.skipIf(gpu === undefined || !hasCpu)(`a race against ${gpuName}`, () => {
  it.each([forward, step])('is won by the faster one that computes the same ($phase)', async (job) => {
    const compute = computeWithThisCard();
    const { choice } = await raceExecutors(compute, await chooseExecutor(compute), {}, job, {});
    const [own, card] = choice.race ?? [];
    expect([own?.executor, card?.executor]).toEqual([quickExecutor.name, 'webgpu']);
    expect(choice.executor).toBe(card!.milliseconds < own!.milliseconds ? 'webgpu' : quickExecutor.name);
    expect(choice.refusals).toBeUndefined();
  });
});

describe.skipIf(!hasCpu)('a card that won a race for predictions', () => {
  it('and cannot be opened any more is replaced by the processor, and the reason is said', async () => {
    const network = readCheckpoint(writeFreshCheckpoint(join(folder, 'net.safetensors')));
    const request = { network, size, settings: {} };
    const compute = computeWith(quickExecutor);
    const first = await openCompute(compute, request, 1_000_000, {});
    await first.close();
    const [key] = compute.races.keys();
    compute.races.set(key!, { race: [{ executor: 'webgpu', milliseconds: 1 }], refusals: [] });
    const busy = {
      ...quickExecutor,
      open: () => Promise.reject(new MambrushError('gpu-out-of-memory', 'It is full.')),
    };
    const later = { ...computeWith(busy), races: compute.races };
    const { choice, close } = await openCompute(later, request, 1_000_000, {});
    await close();
    expect(choice.executor).toBe(quickExecutor.name);
    expect(choice.refusals).toMatchObject([{ executor: 'webgpu', error: { code: 'gpu-out-of-memory' } }]);
  });
});
