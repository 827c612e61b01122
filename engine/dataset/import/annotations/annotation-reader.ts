/**
 * Reads files of annotations in a thread of its own, and lets it draw label maps. Knows no project. Convention: what is
 * wrong with a file is an `AnnotationError` that names it; a thread that dies of a file is such an error too, and the next
 * question starts another.
 */
import { Worker } from 'node:worker_threads';
import { AnnotationError } from './annotation-file.ts';
import type {
  AnnotationAnswer,
  AnnotationQuestions,
  AnnotationSource,
  ImageSummary,
  QuestionKind,
} from './annotation-messages.ts';

/** Some milliseconds to take over from the thread. */
const imagesInOneGo = 500;

/** More than this no file within its limits takes; who asks for it anyway loses the thread, and not the program. */
const mostMegabytes = 4096;

interface Waiting {
  readonly path: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class AnnotationReader {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #tickets = 0;

  async *images(source: AnnotationSource, count: number): AsyncGenerator<readonly ImageSummary[]> {
    for (let from = 0; from < count; from += imagesInOneGo) {
      yield await this.ask('list', source, { from, to: from + imagesInOneGo });
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  /** @throws AnnotationError */
  async ask<Kind extends QuestionKind>(
    kind: Kind,
    source: AnnotationSource,
    asks: AnnotationQuestions[Kind]['asks'],
  ): Promise<AnnotationQuestions[Kind]['answers']> {
    const worker = (this.#worker ??= this.#start());
    const ticket = this.#tickets++;
    const { path } = source;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ticket, { path, resolve: resolve as Waiting['resolve'], reject });
      worker.postMessage({ ticket, source, kind, asks });
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./annotation-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: mostMegabytes },
    });
    worker.on('message', ({ ticket, value, failure }: AnnotationAnswer) => {
      const waiting = this.#waiting.get(ticket);
      this.#waiting.delete(ticket);
      if (failure === undefined) waiting?.resolve(value);
      else waiting?.reject(new AnnotationError(failure.code, failure.message, { path: waiting.path }));
    });
    let reason = 'it ended unexpectedly';
    worker.on('error', (error) => (reason = error instanceof Error ? error.message : String(error)));
    worker.on('exit', () => {
      const left = [...this.#waiting.values()];
      this.#worker = undefined;
      this.#waiting.clear();
      for (const { path, reject } of left) {
        const message = `Reading ${path} stopped its thread (${reason}). Free memory, or divide the file.`;
        reject(new AnnotationError('annotations-worker-died', message, { path }));
      }
    });
    return worker;
  }
}
