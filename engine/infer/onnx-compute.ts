/**
 * Prediction by ONNX Runtime: a model of ours in a worker. Makes no model (`engine/onnx`). Convention: pixels go in as
 * they are, since the model normalizes them by itself; sides are those of the predictor; answers come in order.
 */
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

/** 'end': let go of the model, and of the thread. */
export type OnnxRequest =
  | 'end'
  | {
      /** u8 (N, H, W, C). */
      readonly pixels: Uint8Array<ArrayBuffer>;
      readonly shape: readonly number[];
    };

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

/**
 * @param options.threads of ONNX Runtime itself; the worker's own waits meanwhile
 * @throws MambrushError 'onnx-unavailable' when the model cannot be run this way here; from `compute` the same, and for a
 * model that answers with another shape
 */
export async function openOnnxCompute(
  model: Uint8Array,
  { width, height, channels, classes }: OnnxShape,
  options: { readonly threads: number; readonly provider?: OnnxProvider },
): Promise<OpenedCompute> {
  const { threads, provider = 'cpu' } = options;
  const failure = (message: string): MambrushError => {
    const reason = readable(message);
    return new MambrushError('onnx-unavailable', `ONNX Runtime (${provider}) cannot run this network here: ${reason}.`);
  };
  const worker = new OnnxThread({ model, threads, provider }, failure);
  try {
    await worker.ready;
  } catch (error) {
    await worker.close();
    throw error;
  }
  const pixelBytes = width * height * channels;
  const mapSize = width * height * classes;
  const compute: ComputeBatch = async (inputs: readonly NetworkInput[]) => {
    const pixels = new Uint8Array(inputs.length * pixelBytes);
    for (const [at, input] of inputs.entries()) pixels.set(input.pixels, at * pixelBytes);
    const all = await worker.run({ pixels, shape: [inputs.length, height, width, channels] });
    if (all.length !== inputs.length * mapSize) {
      throw failure(`it gives ${all.length} probabilities, not ${inputs.length * mapSize}`);
    }
    return inputs.map((_, at) => all.subarray(at * mapSize, (at + 1) * mapSize));
  };
  return { compute, close: () => worker.close() };
}

/** Without the positions in the library's own source that its messages name. */
function readable(message: string): string {
  const reason = message
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .replace(/(?:\/|[A-Z]:\\)\S+\.(?:cc|cpp|h):\d+ .*?\bwas false\. /s, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return reason === '' ? message.trim() : reason;
}

type Exchange = PromiseWithResolvers<Float32Array>;

/**
 * The worker, which gets one request at a time. It is never terminated: whoever stops a thread in the middle of ONNX
 * Runtime's `run` brings the whole process down (Napi::Error in native code, abort).
 */
class OnnxThread {
  readonly ready: Promise<unknown>;
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #failure: (message: string) => MambrushError;
  /** With the worker now; at first the loading of the model. */
  #current: Exchange = Promise.withResolvers();
  /** Ends when all that was asked before has been answered. */
  #last: Promise<unknown>;
  #ended: MambrushError | undefined;

  constructor(data: OnnxWorkerData, failure: (message: string) => MambrushError) {
    this.#failure = failure;
    this.ready = this.#current.promise;
    this.#last = this.ready.catch(() => undefined);
    this.#worker = new Worker(new URL('onnx-worker.ts', import.meta.url), {
      workerData: data,
      // What the library prints is for developers.
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (answer: OnnxAnswer) => {
      if (answer.kind === 'failed') this.#current.reject(this.#failure(answer.message));
      else this.#current.resolve(answer.kind === 'computed' ? answer.probabilities : new Float32Array());
    });
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)));
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        this.#end('it ended unexpectedly');
        resolve();
      });
    });
  }

  run(request: Exclude<OnnxRequest, 'end'>): Promise<Float32Array> {
    const answer = this.#last.then(() => {
      if (this.#ended !== undefined) throw this.#ended;
      this.#current = Promise.withResolvers();
      this.#worker.postMessage(request satisfies OnnxRequest, [request.pixels.buffer]);
      return this.#current.promise;
    });
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  /** Who waits is told at once; the thread ends when what it computes now is done. */
  async close(): Promise<void> {
    this.#end('it was closed');
    this.#worker.postMessage('end' satisfies OnnxRequest);
    await this.#exited;
  }

  /** Who waits now, and who asks later, is told the first reason. */
  #end(reason: string): void {
    this.#ended ??= this.#failure(reason);
    this.#current.reject(this.#ended);
  }
}
