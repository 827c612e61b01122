/**
 * Worker threads that prepare samples side by side. Decides neither what to prepare nor where it goes. Convention: a job's
 * failure is an answer, not an exception; a worker that dies fails its own job and is replaced.
 */
import { Worker } from 'node:worker_threads';
import type { PreparedSample, SampleJob } from './prepare-sample.ts';

export interface PrepareQuestion {
  readonly ticket: number;
  readonly job: SampleJob;
}

export interface PrepareFailure {
  readonly code: string;
  readonly message: string;
  readonly path: string;
}

export interface PrepareAnswer {
  readonly ticket: number;
  readonly sample?: PreparedSample;
  readonly failure?: PrepareFailure;
}

interface Seat {
  worker: Worker | undefined;
  waiting: { readonly question: PrepareQuestion; readonly resolve: (answer: PrepareAnswer) => void } | undefined;
}

export class PreparePool {
  readonly #seats: readonly Seat[];
  #nextTicket = 0;
  #closed = false;

  /** @param size how many jobs run at once */
  constructor(size: number) {
    this.#seats = Array.from({ length: size }, () => ({ worker: undefined, waiting: undefined }));
  }

  /** Whether `prepare` may be called now. */
  get hasFreeWorker(): boolean {
    return this.#seats.some((seat) => seat.waiting === undefined);
  }

  /** The job's labels are handed over: the caller's array is empty afterwards. */
  async prepare(job: SampleJob): Promise<PrepareAnswer> {
    const seat = this.#seats.find((free) => free.waiting === undefined);
    if (seat === undefined || this.#closed) throw new Error('prepare was called without a free worker');
    const question: PrepareQuestion = { ticket: this.#nextTicket++, job: { ...job, labels: movable(job.labels) } };
    return new Promise((resolve) => {
      seat.waiting = { question, resolve };
      const { labels } = question.job;
      const worker = (seat.worker ??= this.#start(seat));
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
      const { waiting } = seat;
      seat.waiting = undefined;
      waiting?.resolve(answer);
    });
    let reason = 'it ended unexpectedly';
    worker.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => {
      const { waiting } = seat;
      seat.worker = undefined;
      seat.waiting = undefined;
      if (waiting === undefined) return;
      const { path } = waiting.question.job;
      const message = `Preparing ${path} stopped a worker (${reason}). The image is left out; free memory and start again.`;
      waiting.resolve({ ticket: waiting.question.ticket, failure: { code: 'worker-died', message, path } });
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
