import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chooseExecutor } from '../../engine/compute/executors.ts';
import { cardEntries, lookForCards } from '../../engine/compute/graphics-card.ts';
import type { findRealCards } from '../../engine/compute/graphics-card.ts';
import { openCompute } from '../../engine/host/predicting/open-compute.ts';
import { raceCardsForPrediction } from '../../engine/host/predicting/race-prediction.ts';
import { measureStep, raceForTraining } from '../../engine/compute/race-training.ts';
import { readCheckpoint } from '../../engine/network/checkpoint.ts';
import { hasCpu } from '../executors/cpu-instruction-sets.ts';
import { gpu, gpuName, isSimulated } from '../executors/webgpu-adapter.ts';
import { narrow, quickExecutor } from '../train/tiny-spec.ts';
import { writeFreshCheckpoint } from '../host/trained-checkpoint.ts';

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mambrush-race-'));
  vi.stubEnv('MAMBRUSH_CACHE', folder);
  await lookForCards();
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const size = { network: narrow, width: 32, height: 32, batch: 2 };
const asIfReal: typeof findRealCards = () =>
  Promise.resolve({ cards: cardEntries().map((entry) => ({ ...entry, name: gpuName, isSoftware: false })) });

describe.skipIf(gpu === undefined || !isSimulated)('where the only card is simulated', () => {
  it('a run that asks for none in particular trains on the processor, and the reason is said once', async () => {
    const own = await chooseExecutor({});
    const first = await raceForTraining(own, {}, size, {});
    expect(first.choice.executor).toBe(quickExecutor.name);
    expect(first.choice.remark).toContain(`${gpuName} is only simulated by the processor`);
    expect(await raceForTraining(own, {}, size, {})).toEqual(own);
  });
});

it('an executor is measured by its own training step', async () => {
  expect(await measureStep(quickExecutor, size)).toBeGreaterThan(0);
});

describe.skipIf(gpu === undefined || !hasCpu)(`a race against ${gpuName}`, () => {
  it('for training is decided by the run’s own step, and its figures are said', async () => {
    const { choice } = await raceForTraining(await chooseExecutor({}), {}, size, {}, asIfReal);
    const [own, card] = choice.race ?? [];
    expect([own?.executor, card?.executor]).toEqual([quickExecutor.name, 'webgpu']);
    expect(choice.executor).toBe(card!.milliseconds < own!.milliseconds ? 'webgpu' : quickExecutor.name);
  });

  it('is not run where somebody asked for an executor by its name', async () => {
    const own = await chooseExecutor({});
    expect(await raceForTraining(own, { executor: quickExecutor.name }, size, {}, asIfReal)).toBe(own);
  });

  it('for predictions is won by the faster one that computes the same, measured once', async () => {
    const network = readCheckpoint(writeFreshCheckpoint(join(folder, 'net.safetensors')));
    const request = { network, size: { width: 32, height: 32 }, settings: {}, images: 1 };
    const race = { batch: 2, allowedDifference: 1e-4 };
    const first = await raceCardsForPrediction(request, await openCompute(request, {}), race, {}, asIfReal);
    expect(first.choice.race?.map(({ executor }) => executor)).toContain('webgpu');
    await first.close();
    if (first.choice.executor === 'webgpu') return;
    const second = await raceCardsForPrediction(request, await openCompute(request, {}), race, {}, asIfReal);
    expect(second.choice).toEqual(first.choice);
    await second.close();
  });

  it('for predictions is lost by a card that computes something else', async () => {
    const network = readCheckpoint(writeFreshCheckpoint(join(folder, 'other.safetensors')));
    const request = { network, size: { width: 64, height: 32 }, settings: {}, images: 1 };
    const best = await openCompute(request, {});
    const race = { batch: 2, allowedDifference: -1 };
    const chosen = await raceCardsForPrediction(request, best, race, {}, asIfReal);
    expect(chosen.choice.executor).toBe(best.choice.executor);
    expect(chosen.choice.remark).toContain("'webgpu' is not used: its probabilities differ by");
    await chosen.close();
  });
});
