/** The executor in a Worker of Chromium, on Chromium's own WebGPU. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { initialParameters } from '../../engine/network/initialise.ts';
import { trainingProgram } from '../../engine/network/mamba-unet.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { largestDifference, largestMagnitude } from '../../engine/network/verify/golden-check.ts';
import { Random } from '../../engine/random.ts';
import { chromiumPath, launchChromium, openModule } from '../fixtures/chromium.ts';
import { quickExecutor } from '../train/tiny-spec.ts';
import type { GpuPage } from './page/gpu-checks.ts';
import type { WorkerQuestion } from './page/worker-checks.ts';

const config = { ...defaultConfig, widths: [4, 8, 12, 16, 24, 32] } as const;
const size = { width: 32, height: 32, batch: 2 };

function question(): WorkerQuestion {
  const random = new Random(9);
  const bytes = (count: number, most: number): number[] => Array.from({ length: count }, () => random.integer(most));
  const pixels = size.batch * size.width * size.height;
  return {
    config,
    size,
    parameters: [...initialParameters(config, 'reference', 4)],
    samples: bytes(pixels * 3, 256),
    labels: bytes(pixels, 256),
    placement: Array.from({ length: size.batch }, () => [1, 0, 0, 0, 1, 0, 0, 255]).flat(),
  };
}

describe.skipIf(chromiumPath === undefined)('in a Worker of Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']);
  });
  afterAll(() => browser.close());

  it('the executor computes what this machine’s processor computes: probabilities, loss and gradients', async () => {
    const page = await openModule(browser, 'test/executors/page/gpu-checks.ts');
    await page.waitForFunction(() => (globalThis as unknown as GpuPage).askWorker !== undefined);
    const session = await quickExecutor.open(trainingProgram(config, size));
    const asked = question();
    const answer = await page.evaluate((q) => (globalThis as unknown as GpuPage).askWorker?.(q), asked);
    expect(answer?.error).toBeUndefined();
    expect(answer?.adapter).toMatch(/swiftshader/i);
    await session.write('parameters', Float32Array.from(asked.parameters));
    const request = {
      count: size.batch,
      inputs: {
        samples: Uint8Array.from(asked.samples),
        labels: Uint8Array.from(asked.labels),
        placement: Float32Array.from(asked.placement),
        seed: new Float32Array(size.batch).fill(1 / size.batch),
      },
    };
    for (const [name, values] of Object.entries(await session.run({ ...request, phase: 'forward' }))) {
      const found = Float32Array.from(answer?.outputs?.[name] ?? []);
      expect(largestDifference(found, values), name).toBeLessThan(1e-5);
    }
    await session.run({ ...request, phase: 'gradient' });
    const gradients = await session.read('gradients');
    const error = largestDifference(Float32Array.from(answer?.gradients ?? []), gradients);
    expect(error / largestMagnitude(gradients)).toBeLessThan(1e-5);
    await session.close();
    await page.close();
  });
});
