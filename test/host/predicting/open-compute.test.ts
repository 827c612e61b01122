import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openCompute } from '../../../engine/host/predicting/open-compute.ts';
import type { ChosenCompute } from '../../../engine/host/predicting/chosen-compute.ts';
import { exampleInputs, largestDifference } from '../../../engine/infer/compare-computes.ts';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { temporaryFolder } from '../../fixtures/disc-pictures.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

const size = { width: 64, height: 64 };

async function open(settings: { readonly executor?: string }, images: number): Promise<ChosenCompute> {
  const network = readCheckpoint(writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors')));
  const opened = await openCompute({ network, size, settings, images }, {});
  onTestFinished(opened.close);
  return opened;
}

describe('what computes predictions', () => {
  it('is for many images what a short measurement here found the fastest, and says its figures', async () => {
    const { choice } = await open({}, 100_000);
    const [own, onnx] = choice.race ?? [];
    expect([own?.executor, onnx?.executor]).toEqual(['cpu', 'onnx']);
    expect(choice.executor).toBe(onnx!.milliseconds < own!.milliseconds ? 'onnx' : 'cpu');
  });

  it('is measured once in a process: the next time the same wins with the same figures', async () => {
    const [first, second] = [await open({}, 100_000), await open({}, 100_000)];
    expect(second.choice).toEqual(first.choice);
    const inputs = exampleInputs({ ...size, channels: 3 }, 3);
    expect(await largestDifference(first.compute, second.compute, inputs)).toBe(0);
  });

  it('is not measured for a few images, nor where one way was asked for', async () => {
    for (const opened of [await open({}, 10), await open({ executor: 'onnx' }, 100_000)]) {
      expect(opened.choice.race).toBeUndefined();
    }
  });

  it('is ONNX Runtime for a single image too where the native part is missing, and what is missing is said', async () => {
    vi.stubEnv('MAMBRUSH_NATIVE_PART', join(temporaryFolder(), 'none.node'));
    vi.resetModules();
    onTestFinished(() => {
      vi.unstubAllEnvs();
      vi.resetModules();
    });
    const without = await import('../../../engine/host/predicting/open-compute.ts');
    const network = readCheckpoint(writeFreshCheckpoint(join(temporaryFolder(), 'net.safetensors')));
    const { choice, close } = await without.openCompute({ network, size, settings: {}, images: 1 }, {});
    await close();
    expect(choice.executor).toBe('onnx');
    expect(choice.race?.map(({ executor }) => executor)).toEqual(['reference', 'onnx']);
    expect(choice.fallback).toMatch(/has not been built\. Install .* ONNX Runtime computes instead\.$/s);
  });

  it('is refused by names that there are not, with those that there are', async () => {
    await expect(open({ executor: 'cuda' }, 1)).rejects.toMatchObject({
      code: 'executor-unknown',
      message: expect.stringMatching(/'onnx' or 'onnx-gpu'/) as string,
    });
  });
});
