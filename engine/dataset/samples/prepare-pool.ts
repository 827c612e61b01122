/**
 * Worker threads that prepare samples side by side. Decides neither what to prepare nor where it goes. Convention: a job's
 * failure is an answer, not an exception; a worker that dies fails its own jobs and is replaced.
 */
import { Worker } from 'node:worker_threads';
import type { FileNote } from '../../contract/dataset.ts';
import type { PreparedSample, SampleJob } from './prepare-sample.ts';

export interface PrepareQuestion {
  readonly ticket: number;
  readonly job: SampleJob;
}

export interface PrepareAnswer {
  readonly ticket: number;
  readonly sample?: PreparedSample;
  readonly failure?: FileNote;
}

interface Seat {
  worker: Worker | undefined;
  readonly waiting: Map<number, { readonly path: string; readonly resolve: (answer: PrepareAnswer) => void }>;
}

/** While one image is stored or decoded by the library's own thread, the worker resizes another. */
const jobsPerWorker = 2;

export class PreparePool {
  readonly #seats: readonly Seat[];
  #nextTicket = 0;
  #closed = false;

  constructor(size: number) {
    this.#seats = Array.from({ length: size }, () => ({ worker: undefined, waiting: new Map() }));
  }

  get hasRoom(): boolean {
    return this.#seats.some((seat) => seat.waiting.size < jobsPerWorker);
  }

  /** The job's labels are handed over: the caller's array is empty afterwards. */
  async prepare(job: SampleJob): Promise<PrepareAnswer> {
    const seat = this.#seats.reduce((best, other) => (other.waiting.size < best.waiting.size ? other : best));
    if (this.#closed) throw new Error('the pool is closed');
    const question: PrepareQuestion = { ticket: this.#nextTicket++, job: { ...job, labels: movable(job.labels) } };
    return new Promise((resolve) => {
      const worker = (seat.worker ??= this.#start(seat));
      seat.waiting.set(question.ticket, { path: job.path, resolve });
      const { labels } = question.job;
      worker.postMessage(question, labels === undefined ? [] : [labels.buffer as ArrayBuffer]);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#seats.map(async (seat) => seat.worker?.terminate()));
  }

  #start(seat: Seat): Worker {
    const worker = new Worker(new URL('./prepare-worker.ts', import.meta.url));
    worker.on('message', (answer: PrepareAnswer) => {
      seat.waiting.get(answer.ticket)?.resolve(answer);
      seat.waiting.delete(answer.ticket);
    });
    let reason = 'it ended unexpectedly';
    worker.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => {
      const left = [...seat.waiting];
      seat.worker = undefined;
      seat.waiting.clear();
      for (const [ticket, { path, resolve }] of left) {
        const message = `Preparing ${path} stopped a worker (${reason}). The image is left out; free memory and start again.`;
        resolve({ ticket, failure: { code: 'worker-died', message, path } });
      }
    });
    return worker;
  }
}

/** Labels in a buffer of their own, which can be handed over. */
function movable(labels: Uint8Array | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (labels === undefined) return undefined;
  const { buffer } = labels;
  const own = buffer instanceof ArrayBuffer && labels.byteLength === buffer.byteLength && !Buffer.isBuffer(labels);
  return own ? new Uint8Array(buffer) : new Uint8Array(labels);
}
