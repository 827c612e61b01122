/**
 * Measures the ways from files to samples and to masks: preparing samples, computing probabilities by each way that there
 * is, and the whole of decoding, computing and writing. Not a test. Convention: pictures are made by code; medians of
 * several runs where a run is short, one run where it is long.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { exampleInputs, largestDifference } from '../../engine/compute/compare-results.ts';
import { prepareSamples } from '../../engine/dataset/samples/prepare-samples.ts';
import { cpuExecutor } from '../../engine/executors/cpu/cpu-executor.ts';
import { connectInProcess } from '../../engine/host/in-process.ts';
import { openExecutorCompute } from '../../engine/infer/executor-predictor.ts';
import type { OpenedCompute } from '../../engine/infer/executor-predictor.ts';
import { openOnnxCompute } from '../../engine/infer/onnx-compute.ts';
import { writeCheckpoint } from '../../engine/network/checkpoint.ts';
import { initialParameters } from '../../engine/network/initialise.ts';
import { defaultConfig } from '../../engine/network/network-config.ts';
import { onnxModel } from '../../engine/onnx/onnx-model.ts';

export interface ComputeTime {
  readonly name: string;
  /** For a batch of 8 at 256×256. */
  readonly ms: number;
  readonly imagesPerSecond: number;
  /** Largest difference of a probability from our own executor's. */
  readonly difference: number;
}

export interface PredictionBench {
  /** Decoding JPEGs of 1024×768 and resizing them to 256×256, samples a second. */
  readonly prepare: { readonly imagesPerSecond: number };
  readonly compute: readonly ComputeTime[];
  /** From JPEGs of 256×256 on the disk to PNG masks on the disk. */
  readonly files: { readonly imagesPerSecond: number; readonly images: number };
}

const size = { width: 256, height: 256 };
const batch = 8;

export async function benchPrediction(runs: number): Promise<PredictionBench> {
  const folder = mkdtempSync(join(tmpdir(), 'mambrush-bench-'));
  try {
    return {
      prepare: await benchPrepare(folder),
      compute: await benchCompute(runs),
      files: await benchFiles(folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writePictures(folder: string, count: number, width: number, height: number): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const paths: string[] = [];
  for (let n = 0; n < count; n++) {
    const [input] = exampleInputs({ width, height, channels: 3 }, 1);
    const pixels = input!.pixels.map((value, at) => value ^ (Math.imul(n + 1, at) & 7));
    const path = join(folder, `p${n}.jpg`);
    await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(path);
    paths.push(path);
  }
  return paths;
}

async function benchPrepare(folder: string): Promise<PredictionBench['prepare']> {
  const paths = await writePictures(join(folder, 'large'), 60, 1024, 768);
  const labels = new Uint8Array(1024 * 768).fill(1, 0, 300_000);
  const images = paths.map((absolutePath, imageId) => ({
    imageId,
    absolutePath,
    hash: String(imageId).padStart(64, '0'),
    width: 1024,
    height: 768,
    labelRevision: 1,
    readLabels: () => labels.slice(),
  }));
  const begun = performance.now();
  await prepareSamples({ images, cacheFolder: join(folder, 'cache'), size, channels: 3, classes: 1 });
  return { imagesPerSecond: (images.length * 1000) / (performance.now() - begun) };
}

async function benchCompute(runs: number): Promise<ComputeTime[]> {
  const threads = availableParallelism();
  const parameters = initialParameters(defaultConfig, 'reference', 42);
  const shape = { ...size, channels: defaultConfig.inputChannels, classes: defaultConfig.classes };
  const facts = { classes: [], size, version: '', origin: '' };
  const own = await openExecutorCompute(cpuExecutor, defaultConfig, parameters, size, batch, { threads });
  const ways: readonly (readonly [string, () => Promise<OpenedCompute>])[] = [
    ['own executor', () => Promise.resolve(own)],
    [
      'ONNX Runtime, fast model',
      () => openOnnxCompute(onnxModel(defaultConfig, parameters, 'fast', facts), shape, { threads }),
    ],
    [
      'ONNX Runtime, portable model',
      () => openOnnxCompute(onnxModel(defaultConfig, parameters, 'portable', facts), shape, { threads }),
    ],
  ];
  const inputs = exampleInputs(shape, batch);
  const results: ComputeTime[] = [];
  for (const [name, open] of ways) {
    const way = await open();
    const difference = largestDifference(await own.compute(inputs), await way.compute(inputs));
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const begun = performance.now();
      await way.compute(inputs);
      times.push(performance.now() - begun);
    }
    const ms = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;
    results.push({ name, ms, imagesPerSecond: (batch * 1000) / ms, difference });
    if (way !== own) await way.close();
  }
  await own.close();
  return results;
}

async function benchFiles(folder: string): Promise<PredictionBench['files']> {
  const input = join(folder, 'small');
  const images = (await writePictures(input, 300, 256, 256)).length;
  const checkpoint = join(folder, 'net.safetensors');
  const parameters = initialParameters(defaultConfig, 'reference', 42);
  writeCheckpoint(checkpoint, { config: defaultConfig, parameters, moments: undefined, metadata: {} });
  const client = connectInProcess();
  const report = await client.request('predict.files', {
    checkpoint,
    input,
    output: join(folder, 'masks'),
    compute: { executor: 'cpu' },
  });
  await client.close();
  return { imagesPerSecond: report.written / report.seconds, images };
}
