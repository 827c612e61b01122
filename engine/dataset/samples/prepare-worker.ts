/** A worker thread that prepares samples. Convention: buffers are handed over, not copied. */
import { parentPort } from 'node:worker_threads';
import { MambrushError } from '../../contract/error.ts';
import type { PrepareAnswer, PrepareQuestion } from './prepare-pool.ts';
import { prepareSample } from './prepare-sample.ts';

async function answer({ ticket, job }: PrepareQuestion): Promise<PrepareAnswer> {
  try {
    return { ticket, sample: await prepareSample(job) };
  } catch (error) {
    const known = error instanceof MambrushError;
    return {
      ticket,
      failure: {
        code: known ? error.code : 'image-not-readable',
        message: known ? error.message : `${job.path} cannot be prepared: ${String(error)}`,
        path: job.path,
      },
    };
  }
}

const port = parentPort;
if (port === null) throw new Error('prepare-worker.ts runs only as a worker thread');
port.on('message', (question: PrepareQuestion) => {
  void answer(question).then((reply) => {
    if (reply.sample === undefined) {
      port.postMessage(reply);
      return;
    }
    // The decoder's own memory cannot always be handed over, a copy can.
    const pixels = new Uint8Array(reply.sample.pixels);
    const labels = new Uint8Array(reply.sample.labels);
    port.postMessage({ ...reply, sample: { ...reply.sample, pixels, labels } }, [pixels.buffer, labels.buffer]);
  });
});
