/**
 * Prediction by ONNX Runtime: a model of ours in a worker. Makes no model (`engine/onnx`). Convention: pixels go in as
 * they are, since the model normalises them by itself; sides are those of the predictor.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { MambrushError } from '../contract/error.ts';
import type { OpenedCompute } from './executor-predictor.ts';
import type { ComputeBatch, NetworkInput } from './predictor.ts';

export type OnnxProvider = 'cpu' | 'webgpu' | 'dml' | 'coreml';

export interface OnnxWorkerData {
  readonly model: Uint8Array;
  readonly threads: number;
  readonly provider: OnnxProvider;
}

export interface OnnxRequest {
  /** u8 (N, H, W, C). */
  readonly pixels: Uint8Array;
  readonly shape: readonly number[];
}

export type OnnxAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'computed'; readonly probabilities: Float32Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly message: string };

export interface OnnxShape {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** K. */
  readonly classes: number;
}

/** @throws MambrushError 'onnx-unavailable' when the model cannot be run this way here */
export async function openOnnxCompute(
  model: Uint8Array,
  { width, height, channels, classes }: OnnxShape,
  options: { readonly threads: number; readonly provider?: OnnxProvider },
): Promise<OpenedCompute> {
  const { threads, provider = 'cpu' } = options;
  const worker = new Worker(new URL('onnx-worker.ts', import.meta.url), {
    workerData: { model, threads, provider } satisfies OnnxWorkerData,
    // What the library prints is for developers.
    stdout: true,
    stderr: true,
  });
  const next = async (): Promise<OnnxAnswer> => {
    // A worker that ends without a word must not be waited for.
    const message = await Promise.race([
      once(worker, 'message').then(([answer]) => answer as OnnxAnswer),
      once(worker, 'exit').then(() => ({ kind: 'failed', message: 'it ended unexpectedly' }) as const),
    ]);
    if (message.kind !== 'failed') return message;
    throw new MambrushError(
      'onnx-unavailable',
      `ONNX Runtime (${provider}) cannot run this network here: ${message.message}.`,
    );
  };
  try {
    await next();
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  const pixelBytes = width * height * channels;
  const mapSize = width * height * classes;
  const compute: ComputeBatch = async (inputs: readonly NetworkInput[]) => {
    const pixels = new Uint8Array(inputs.length * pixelBytes);
    for (const [at, input] of inputs.entries()) pixels.set(input.pixels, at * pixelBytes);
    const request: OnnxRequest = { pixels, shape: [inputs.length, height, width, channels] };
    const answered = next();
    worker.postMessage(request, [pixels.buffer]);
    const answer = await answered;
    const all = answer.kind === 'computed' ? answer.probabilities : new Float32Array();
    return inputs.map((_, at) => all.subarray(at * mapSize, (at + 1) * mapSize));
  };
  return {
    compute,
    close: async () => {
      await worker.terminate();
    },
  };
}
