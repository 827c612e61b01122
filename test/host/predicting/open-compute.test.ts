import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCompute } from '../../../engine/compute/compute.ts';
import { exampleInputs, largestDifference } from '../../../engine/compute/compare-results.ts';
import { fallbackText } from '../../../engine/contract/fallback.ts';
import type { ExecutorChoice } from '../../../engine/contract/training.ts';
import { openCompute } from '../../../engine/host/predicting/open-compute.ts';
import type { ChosenCompute } from '../../../engine/host/predicting/onnx-by-name.ts';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { hasCpu } from '../../executors/cpu-instruction-sets.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { quickExecutor } from '../../train/tiny-spec.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

const size = { width: 64, height: 64 };

async function open(settings: { readonly executor?: string }, images: number): Promise<ChosenCompute> {
  const network = readCheckpoint(writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors')));
  const opened = await openCompute(createCompute(), { network, size, settings }, images, {});
  onTestFinished(opened.close);
  return opened;
}

const onnxCompute = '../../../engine/infer/onnx-compute.ts';

/** As it is in a process without the native part. */
async function choiceWithoutNativePart(): Promise<ExecutorChoice> {
  vi.stubEnv('MAMBRUSH_NATIVE_PART', join(temporaryFolder(), 'none.node'));
  vi.resetModules();
  onTestFinished(() => {
    vi.unstubAllEnvs();
    vi.resetModules();
  });
  const without = await import('../../../engine/host/predicting/open-compute.ts');
  const network = readCheckpoint(writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors')));
  const opened = await without.openCompute(createCompute(), { network, size, settings: {} }, 1, {});
  await opened.close();
  return opened.choice;
}

describe('what computes predictions', () => {
  it.skipIf(!hasCpu)('is our own executor on the processor, for few images and for many', async () => {
    for (const { choice } of [await open({}, 10), await open({}, 100_000)]) {
      expect(choice.executor).toBe(quickExecutor.name);
      expect(choice.fallback).toBeUndefined();
    }
  });

  it('is ONNX Runtime where it is asked for, which gives the same, and is never measured', async () => {
    const [own, onnx] = [await open({ executor: quickExecutor.name }, 1), await open({ executor: 'onnx' }, 100_000)];
    expect(onnx.choice).toEqual({
      executor: 'onnx',
      description: expect.stringMatching(/^ONNX Runtime on the processor, \d+ threads$/) as string,
    });
    const inputs = exampleInputs({ ...size, channels: 3 }, 3);
    expect(largestDifference(await own.compute(inputs), await onnx.compute(inputs))).toBeLessThan(1e-5);
  });

  it('is ONNX Runtime for a single image too where the native part is missing, and what is missing is said', async () => {
    const choice = await choiceWithoutNativePart();
    expect(choice).toMatchObject({
      executor: 'onnx',
      fallback: { refusals: [{ code: 'executor-unavailable', executor: 'cpu' }], instead: 'onnx' },
    });
    expect(choice.race).toBeUndefined();
    expect(fallbackText(choice.fallback!)).toMatch(
      /^The executor 'cpu' cannot run here: .* has not been built\. Install .* ONNX Runtime computes instead\.$/s,
    );
  });

  it('is the reference where ONNX Runtime cannot run either, and both reasons are said', async () => {
    vi.doMock(onnxCompute, async () => {
      const { MambrushError } = await import('../../../engine/contract/error.ts');
      return { openOnnxCompute: () => Promise.reject(new MambrushError('onnx-unavailable', 'It is not for this.')) };
    });
    onTestFinished(() => {
      vi.doUnmock(onnxCompute);
    });
    const choice = await choiceWithoutNativePart();
    expect(choice).toMatchObject({ executor: 'reference', fallback: { instead: 'reference' } });
    expect(choice.fallback?.refusals).toMatchObject([
      { code: 'executor-unavailable', executor: 'cpu' },
      { code: 'executor-failed', executor: 'onnx', error: { code: 'onnx-unavailable' } },
    ]);
    expect(fallbackText(choice.fallback!)).toMatch(/It is not for this\. The executor 'reference' computes instead/);
  });

  it('is refused by names that there are not, with those that there are', async () => {
    await expect(open({ executor: 'cuda' }, 1)).rejects.toMatchObject({
      code: 'executor-unknown',
      message: expect.stringMatching(/'onnx' or 'onnx-gpu'/) as string,
    });
  });
});
