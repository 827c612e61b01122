/**
 * Prepares samples of many images, once, into a cache that training reads: decoding and resizing in worker threads,
 * storing here. Incremental: what is there and was made from the same file and labels stays. Convention: an image that
 * fails is reported and left out while the rest goes on; a disk that fails stops everything, and nothing prepared is lost.
 */
import { availableParallelism } from 'node:os';
import type { FileNote } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { Size } from '../images/pixels.ts';
import { PreparePool } from './prepare-pool.ts';
import type { PrepareAnswer } from './prepare-pool.ts';
import type { SampleSpec } from './sample-pack.ts';
import { isMarkedDamaged, SampleWriter } from './sample-writer.ts';

/** Its size is that of the upright image. */
export interface SampleRequest extends Size {
  readonly imageId: number;
  readonly absolutePath: string;
  /** SHA-256 of the file, as the project knows it. */
  readonly hash: string;
  /** Grows with every change of the labels; 0 without any. */
  readonly labelRevision: number;
  /** The label map (height, width); the array is handed over. Undefined: no labels, all 255. Called when its turn comes. */
  readonly readLabels: () => Uint8Array | undefined;
}

export interface PrepareRequest extends SampleSpec {
  readonly images: readonly SampleRequest[];
  readonly cacheFolder: string;
}

export interface PrepareReport {
  readonly prepared: number;
  readonly reused: number;
  readonly failed: readonly (FileNote & { readonly imageId: number })[];
  /** Images whose stored sample was damaged and was made anew. */
  readonly repaired: readonly number[];
  /** Why the whole cache was begun anew although one was there; undefined when it was not. */
  readonly rebuilt: string | undefined;
  /** Why the file could not be made smaller although more than half of it is outdated; undefined when all is well. */
  readonly notCompacted: string | undefined;
}

/** So long, work may be lost to a crash: the index is written that often. */
const commitMilliseconds = 2000;
const reportMilliseconds = 100;
/** Pixels of full-size images in work at once, unless a single one has more: bounds the memory for labels and bands. */
const pixelsInWork = 150_000_000;
const mostWorkers = 8;

/** @throws WriteError disk-full, folder-not-writable, folder-missing, not-written; the signal's reason when aborted */
export async function prepareSamples(request: PrepareRequest, work: LongWork = {}): Promise<PrepareReport> {
  const { images, size, channels, classes, cacheFolder } = request;
  work.signal?.throwIfAborted();
  const spec: SampleSpec = { size, channels, classes };
  const mustCheck = isMarkedDamaged(cacheFolder, spec);
  const writer = await SampleWriter.open(cacheFolder, spec);
  try {
    const repaired = mustCheck ? await writer.dropDamaged(work.signal) : [];
    const outdated = images.filter((image) => !writer.isFresh(image.imageId, image.hash, image.labelRevision));
    const failed = await prepareInto(writer, outdated, spec, work);
    const { slots, current } = writer.usage;
    let notCompacted: string | undefined;
    if (current < slots / 2) {
      await writer.compact(work.signal).catch((error: unknown) => {
        work.signal?.throwIfAborted();
        notCompacted = error instanceof Error ? error.message : String(error);
      });
    }
    return {
      prepared: outdated.length - failed.length,
      reused: images.length - outdated.length,
      failed,
      repaired,
      rebuilt: writer.rebuilt,
      notCompacted,
    };
  } finally {
    await writer.close();
  }
}

async function prepareInto(
  writer: SampleWriter,
  images: readonly SampleRequest[],
  spec: SampleSpec,
  { signal, onProgress }: LongWork,
): Promise<PrepareReport['failed']> {
  const workers = Math.min(mostWorkers, Math.max(2, availableParallelism()), images.length);
  const pool = new PreparePool(workers);
  const answers = new AnswerQueue(writer, progressReporter(images.length, onProgress));
  const running = new Set<Promise<void>>();
  let inWork = 0;
  /** What stopped everything, first cause first. */
  const broken: unknown[] = [];
  try {
    for (const image of images) {
      const pixels = image.width * image.height;
      while (running.size > 0 && (!pool.hasRoom || inWork + pixels > pixelsInWork)) await Promise.race(running);
      signal?.throwIfAborted();
      if (broken.length > 0) break;
      inWork += pixels;
      const task: Promise<void> = prepareOne(pool, image, spec)
        .then((answer) => answers.store(image, answer))
        .catch((error: unknown) => {
          broken.push(error);
          answers.close();
        })
        .finally(() => {
          inWork -= pixels;
          running.delete(task);
        });
      running.add(task);
    }
    await Promise.all(running);
    signal?.throwIfAborted();
  } finally {
    answers.close();
    await pool.close();
    await answers.settled();
    // What is stored counts, also after an abort or on a full disk, where the index may still fit.
    await writer.commit().catch((error: unknown) => void broken.push(error));
  }
  if (broken.length > 0) throw broken[0];
  return answers.failed;
}

/** Stores answers in the order of their arrival, one at a time. */
class AnswerQueue {
  readonly failed: (FileNote & { readonly imageId: number })[] = [];
  readonly #writer: SampleWriter;
  readonly #onStored: (done: number) => void;
  #last: Promise<void> = Promise.resolve();
  #committed = performance.now();
  #done = 0;
  #isClosed = false;

  constructor(writer: SampleWriter, onStored: (done: number) => void) {
    this.#writer = writer;
    this.#onStored = onStored;
    onStored(0);
  }

  store(image: SampleRequest, answer: PrepareAnswer): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#isClosed) return;
      const { imageId, hash, labelRevision } = image;
      if (answer.sample === undefined) {
        this.#writer.drop(imageId);
        this.failed.push({ ...answer.failure!, imageId });
      } else {
        await this.#writer.append({ imageId, hash, labelRevision, ...answer.sample });
      }
      if (performance.now() - this.#committed > commitMilliseconds) {
        await this.#writer.commit();
        this.#committed = performance.now();
      }
      this.#onStored(++this.#done);
    });
    return this.#last;
  }

  /** From now on nothing more is stored. */
  close(): void {
    this.#isClosed = true;
  }

  async settled(): Promise<void> {
    await this.#last.catch(() => undefined);
  }
}

/** @returns called with the number of images done, reports now and then and at the end */
function progressReporter(total: number, onProgress: LongWork['onProgress']): (done: number) => void {
  const begun = performance.now();
  let reported = -Infinity;
  return (done) => {
    const now = performance.now();
    if (now - reported < reportMilliseconds && done < total) return;
    reported = now;
    const measured = done > 0 ? { secondsLeft: (((now - begun) / done) * (total - done)) / 1000 } : {};
    onProgress?.({ kind: 'prepare', value: total === 0 ? 1 : done / total, done, total, ...measured });
  };
}

/** Labels that cannot be read are this image's failure; the project's other images go on. */
async function prepareOne(pool: PreparePool, image: SampleRequest, spec: SampleSpec): Promise<PrepareAnswer> {
  const { absolutePath: path, width, height } = image;
  let labels: Uint8Array | undefined;
  try {
    labels = image.readLabels();
  } catch (error) {
    if (!(error instanceof MambrushError)) throw error;
    return { ticket: -1, failure: { code: error.code, message: error.message, path } };
  }
  return pool.prepare({ path, width, height, labels, ...spec });
}
