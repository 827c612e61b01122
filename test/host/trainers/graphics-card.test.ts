import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { WebGpuExecutor } from '../../../engine/executors/webgpu/webgpu-executor.ts';
import { gpuTroubleText, runDespiteGpuTrouble } from '../../../engine/host/trainers/after-gpu-trouble.ts';
import { refusedBySelfCheck } from '../../../engine/compute/self-check.ts';
import { cardDevice } from '../../../engine/compute/device.ts';
import { refusalText } from '../../../engine/contract/fallback.ts';
import type { Executor, Session } from '../../../engine/program/executor.ts';
import { resumeRun, startRun } from '../../../engine/train/runs/start-run.ts';
import type { RunOutcome, TrainingEvent } from '../../../engine/train/training-event.ts';
import { cardWith, gpu, gpuEnvironment, gpuName } from '../../executors/webgpu-adapter.ts';
import { DiscSamples } from '../../train/disc-samples.ts';
import { quickExecutor, tinySpec } from '../../train/tiny-spec.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mambrush-card-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Loses its card in the steps that are counted here, over all sessions. */
function losingCard(losses: readonly number[]): { readonly executor: Executor; readonly release: () => Promise<void> } {
  const card = new WebGpuExecutor(gpu as GPU, { description: gpuName });
  let step = 0;
  const open = async (...args: Parameters<Executor['open']>): Promise<Session> => {
    const session = await card.open(...args);
    const run = session.run.bind(session);
    session.run = async (request) => {
      if (request.phase === 'step' && losses.includes(++step)) await card.release();
      return run(request);
    };
    return session;
  };
  return { executor: { name: card.name, description: card.description, open }, release: () => card.release() };
}

const source = new DiscSamples({ training: [1, 2, 3, 4], validation: [21, 22] });

async function train(
  name: string,
  executor: Executor,
): Promise<{ readonly outcome: RunOutcome; readonly events: readonly TrainingEvent[] }> {
  const events: TrainingEvent[] = [];
  const runFolder = join(folder, name);
  const outcome = await runDespiteGpuTrouble(
    (on, onEvent) =>
      on === 'first'
        ? startRun({ folder: runFolder, spec: tinySpec(), executor, source }, { onEvent })
        : resumeRun({ folder: runFolder, executor: on === 'card' ? executor : quickExecutor, source }, { onEvent }),
    (event) => events.push(event),
  );
  return { outcome, events };
}

const epochsOf = (events: readonly TrainingEvent[]): readonly number[] =>
  events.flatMap((event) => (event.kind === 'epoch' ? [event.metrics.epoch] : []));
const noticesOf = (events: readonly TrainingEvent[]): readonly string[] =>
  events.flatMap((event) => (event.kind === 'gpu-trouble' ? [event.code] : []));

describe.skipIf(gpu === undefined)(`a run on ${gpuName}`, () => {
  it('that loses the card goes on from its checkpoint on the same card once, then on the processor, and says so', async () => {
    const { executor, release } = losingCard([4, 8]);
    const { outcome, events } = await train('lost twice', executor);
    expect(outcome).toMatchObject({ status: 'done', epoch: 3 });
    expect(epochsOf(events)).toEqual([1, 2, 3]);
    expect(noticesOf(events)).toEqual(['gpu-opened-again', 'gpu-given-up']);
    const started = events.flatMap((event) => (event.kind === 'started' ? [event.executor.split(':')[0]] : []));
    expect(started).toEqual(['webgpu', 'webgpu', quickExecutor.name]);
    expect(events.filter(({ kind }) => kind === 'finished')).toMatchObject([{ status: 'done' }]);
    await release();
  });
});

/** Whose driver makes something else of one function. */
function wrongCard(): GPU {
  return cardWith((device) => {
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = ({ code, ...rest }) =>
      create({ ...rest, code: code.replace('0.5 * tail', '0.501 * tail') });
  });
}

describe.skipIf(gpu === undefined)('a card that computes wrongly', () => {
  it('is refused by the self-check, which names what is off', async () => {
    const executor = new WebGpuExecutor(wrongCard(), { description: 'a wrong card' });
    const device = cardDevice({ name: 'a wrong card', isSoftware: false, executor }, 0);
    const refused = await refusedBySelfCheck({ passed: new Set() }, device);
    expect(refused).toMatchObject({ code: 'self-check-failed', executor: 'webgpu' });
    expect(refusalText(refused!)).toMatch(/^The executor 'webgpu' computes wrongly on this machine: '.+' is off by/);
    await executor.release();
  });
});

describe('a run without a card', () => {
  it('that the card is refused to goes on on the processor at once', async () => {
    const absent = new WebGpuExecutor({ requestAdapter: async () => null } as unknown as GPU, { description: 'none' });
    const { outcome, events } = await train('no card', absent);
    expect(outcome).toMatchObject({ status: 'done', epoch: 3 });
    const trouble = events.filter((event) => event.kind === 'gpu-trouble');
    expect(trouble).toMatchObject([{ code: 'gpu-given-up', epoch: 0, error: { code: 'gpu-missing' } }]);
    expect(gpuTroubleText(trouble[0]!)).toBe(
      'The run went on from its beginning on the processor. It had stopped with this error: There is no graphics card ' +
        `to compute on. Choose the executor 'cpu'.`,
    );
  });
});

const main = fileURLToPath(new URL('../../../engine/cli/main.ts', import.meta.url));
const selfCheckFile = fileURLToPath(new URL('../../../resources/self-check/self-check.safetensors', import.meta.url));
const command = (args: readonly string[], environment: NodeJS.ProcessEnv): Promise<{ readonly stdout: string }> =>
  promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    env: { ...process.env, MAMBRUSH_CACHE: folder, ...environment },
  });

describe('the command line', () => {
  it.skipIf(gpu === undefined)('verifies the card that is asked for by name', async () => {
    const { stdout } = await command(['verify', '--executor', 'webgpu', '--json', selfCheckFile], gpuEnvironment);
    expect(JSON.parse(stdout)).toMatchObject({ executor: 'webgpu', passed: true });
  });

  it.skipIf(process.platform !== 'linux')('says calmly that there is no card, when one is asked for', async () => {
    const none = { LD_LIBRARY_PATH: '', VK_DRIVER_FILES: '/none.json', VK_ICD_FILENAMES: '/none.json' };
    const error: unknown = await command(['verify', '--executor', 'webgpu', selfCheckFile], none).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      stderr: expect.stringContaining("The executor 'webgpu' cannot run here: there is no") as string,
    });
  });
});
