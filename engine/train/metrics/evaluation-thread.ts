/**
 * The figures of images, computed in a thread of their own: distances between outlines take 4 ms at 256×256 and a second
 * at 20 megapixels, in which nobody else would be answered. Convention: label maps are handed over, answers come in order.
 */
import { Worker } from 'node:worker_threads';
import { ConfusionCounter } from './confusion.ts';
import type { ImageEvaluation } from './evaluate-metrics.ts';

export interface EvaluationQuestion {
  readonly predicted: Uint8Array<ArrayBuffer>;
  readonly truth: Uint8Array<ArrayBuffer>;
  readonly size: { readonly width: number; readonly height: number };
  readonly classes: number;
}

export interface EvaluationAnswer {
  readonly figures: Omit<ImageEvaluation, 'counter'>;
  readonly counts: Float64Array;
}

interface Waiting {
  readonly classes: number;
  readonly settle: (evaluation: ImageEvaluation) => void;
  readonly fail: (error: Error) => void;
}

export class EvaluationThread {
  readonly #worker = new Worker(new URL('./evaluation-worker.ts', import.meta.url));
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;

  constructor() {
    this.#worker.on('message', ({ figures, counts }: EvaluationAnswer) => {
      const first = this.#waiting.shift();
      first?.settle({ ...figures, counter: new ConfusionCounter(first.classes, counts) });
    });
    this.#worker.on('error', (error) => this.#end(error instanceof Error ? error.message : String(error)));
    this.#worker.on('exit', () => this.#end('it ended unexpectedly'));
  }

  /** As `evaluateImage`. The caller's arrays are empty afterwards. @throws Error where the thread came to an end */
  evaluate(
    predicted: Uint8Array,
    truth: Uint8Array,
    size: EvaluationQuestion['size'],
    classes: number,
  ): Promise<ImageEvaluation> {
    return new Promise((settle, fail) => {
      if (this.#ended !== undefined) {
        fail(this.#ended);
        return;
      }
      const { width, height } = size;
      const question: EvaluationQuestion = {
        predicted: ownMemory(predicted),
        truth: ownMemory(truth),
        size: { width, height },
        classes,
      };
      this.#waiting.push({ classes, settle, fail });
      this.#worker.postMessage(question, [question.predicted.buffer, question.truth.buffer]);
    });
  }

  async close(): Promise<void> {
    this.#end('it was closed');
    await this.#worker.terminate();
  }

  #end(reason: string): void {
    this.#ended ??= new Error(`the thread that evaluates stopped: ${reason}`);
    for (const { fail } of this.#waiting.splice(0)) fail(this.#ended);
  }
}

/** Memory that can be handed over whole. */
function ownMemory(labels: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = labels;
  const own = buffer instanceof ArrayBuffer && labels.byteLength === buffer.byteLength && !Buffer.isBuffer(labels);
  return own ? new Uint8Array(buffer) : new Uint8Array(labels);
}
