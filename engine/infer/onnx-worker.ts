/**
 * ONNX Runtime in a thread of its own, because its `run` blocks the thread that calls it. Started by `onnx-compute.ts`.
 * Convention: the first message back says whether the model was loaded; then one answer to every request, in order.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OnnxAnswer, OnnxRequest, OnnxWorkerData } from './onnx-compute.ts';

const { model, threads, provider } = workerData as OnnxWorkerData;
const port = parentPort;
if (port === null) throw new Error('this file runs in a worker');

function answer(message: OnnxAnswer, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  const session = await InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    // Threads that spin while they wait take the cores from decoding: a batch took 165 ms instead of 277 on a busy machine.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // What it has to say, it says by errors.
    logSeverityLevel: 4,
  });
  port.on('message', (request: OnnxRequest) => {
    if (request === 'end') {
      // Without its port, nothing keeps the thread.
      port.close();
      return;
    }
    session
      .run({ image: new Tensor('uint8', request.pixels, request.shape) })
      .then(({ probabilities }) => {
        const values = Float32Array.from((probabilities?.data ?? []) as Float32Array);
        answer({ kind: 'computed', probabilities: values }, [values.buffer]);
      })
      .catch((error: unknown) => answer({ kind: 'failed', message: textOf(error) }));
  });
  answer({ kind: 'ready' });
} catch (error) {
  answer({ kind: 'failed', message: textOf(error) });
}
