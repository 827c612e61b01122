import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exampleInputs, largestDifference } from '../../../engine/compute/compare-results.ts';
import { fallbackText } from '../../../engine/contract/fallback.ts';
import type { EngineClient } from '../../../engine/contract/requests.ts';
import { readNpy } from '../../../engine/dataset/images/npy/npy.ts';
import { connectInProcess } from '../../../engine/host/in-process.ts';
import { openExecutorCompute } from '../../../engine/infer/executor-predictor.ts';
import { openOnnxCompute } from '../../../engine/infer/onnx-compute.ts';
import { readCheckpoint } from '../../../engine/network/checkpoint.ts';
import { temporaryFolder, writePicture } from '../../fixtures/disc-pictures.ts';
import { quickExecutor } from '../../train/tiny-spec.ts';
import { writeFreshCheckpoint } from '../trained-checkpoint.ts';

function connect(): EngineClient {
  const client = connectInProcess();
  onTestFinished(() => client.close());
  return client;
}

describe('prediction by ONNX Runtime', () => {
  it.each(['onnx', 'onnx-gpu'])(
    'asked for as %s gives what the executor gives, and says what computed',
    async (executor) => {
      const [input, output] = [temporaryFolder(), temporaryFolder()];
      for (const n of [1, 2, 3]) await writePicture(join(input, `p${n}.png`), n);
      const checkpoint = writeFreshCheckpoint(join(output, 'net.safetensors'), { classes: 2, head: 'softmax' });
      const client = connect();
      const predict = (folder: string, name: string) =>
        client.request('predict.files', {
          checkpoint,
          input,
          output: join(output, folder),
          format: 'npy',
          probabilities: true,
          compute: { executor: name },
        });
      const own = await predict('own', 'auto');
      const other = await predict('other', executor);
      expect(other.compute.executor).toMatch(/^onnx/);
      // Without a graphics card that agrees, the processor computes, and the report says why.
      if (other.compute.executor === 'onnx' && executor === 'onnx-gpu') {
        expect(fallbackText(other.compute.fallback!)).toMatch(/The processor computes instead\.$/);
      }
      for (const [at, file] of own.files.entries()) {
        const [a, b] = [await readNpy(file.probabilities[0]!), await readNpy(other.files[at]!.probabilities[0]!)];
        expect(Math.max(...a.values.map((value, i) => Math.abs(value - b.values[i]!)))).toBeLessThan(1e-5);
      }
    },
  );

  it('of a file that is no model is refused', async () => {
    const shape = { width: 64, height: 64, channels: 3 as const, classes: 1 };
    const model = Buffer.from('this is no model');
    await expect(openOnnxCompute(model, shape, { threads: 1 })).rejects.toMatchObject({ code: 'onnx-unavailable' });
  });
});

describe('a network made into ONNX', () => {
  it.each(['onnx', 'onnx-portable'] as const)('as %s runs, and gives what the network gives', async (format) => {
    const folder = temporaryFolder();
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const output = join(folder, '模型.onnx');
    const result = await connect().request('checkpoint.convert', { checkpoint, output, format });
    expect(result).toMatchObject({ format, network: { classes: ['object'], size: { width: 64, height: 64 } } });
    const { config, parameters } = readCheckpoint(checkpoint);
    const size = { width: 64, height: 64 };
    const own = await openExecutorCompute(quickExecutor, config, parameters, size, 2);
    const shape = { ...size, channels: config.inputChannels, classes: config.classes };
    const model = await openOnnxCompute(readFileSync(output), shape, { threads: 1 });
    const inputs = exampleInputs(shape, 2);
    expect(largestDifference(await own.compute(inputs), await model.compute(inputs))).toBeLessThan(1e-5);
    await Promise.all([own.close(), model.close()]);
  });

  it('never replaces a file that is there unless told to, and is refused for what is no network', async () => {
    const folder = temporaryFolder();
    const checkpoint = writeFreshCheckpoint(join(folder, 'net.safetensors'));
    const output = join(folder, 'net.onnx');
    writeFileSync(output, 'of somebody');
    const client = connect();
    const convert = (args: object): Promise<unknown> =>
      client
        .request('checkpoint.convert', { checkpoint, output, format: 'onnx', ...args })
        .catch((error: unknown) => (error as { code: string }).code);
    expect(await convert({})).toBe('output-exists');
    expect(readFileSync(output, 'utf8')).toBe('of somebody');
    expect(await convert({ overwrite: true })).toMatchObject({ output });
    expect(await convert({ checkpoint: output, overwrite: true })).toBe('checkpoint-unsupported');
    expect(await convert({ output: join(folder, 'no', 'folder.onnx') })).toBe('folder-missing');
    expect(existsSync(join(folder, 'no'))).toBe(false);
  });
});
