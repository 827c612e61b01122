/**
 * How values come back from the card: small ones of several runs through one buffer, so that the host waits for the card
 * only every few runs; large ones each through their own. Convention: whoever reserves a reading copies into it in the
 * commands that it submits next, and says so; buffers are used again and again.
 */
import { mapForReading, usage } from './gpu-flags.ts';

/** What is larger is not worth waiting for others. */
const mostTogether = 4096;
const smallBytes = 16_384;
/** So much work should be under way while the host handles results, in milliseconds; by runs, within these limits. */
const wantedAhead = 200;
const [leastAhead, mostAhead] = [2, 8];

/** Part of a buffer that a run's values are copied into, and its values. */
export interface Reading {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
  /** The values, when the card has come so far. */
  readonly read: Promise<Float32Array>;
}

interface Group {
  readonly buffer: GPUBuffer;
  used: number;
  runs: number;
  begun: number;
  readonly content: PromiseWithResolvers<Float32Array>;
}

export class Readings {
  readonly #device: GPUDevice;
  /** Not in use. */
  readonly #spare: GPUBuffer[] = [];
  /** Takes further runs. */
  #open: Group | undefined;
  #lastRead = 0;
  /** Milliseconds of a run, smoothed. */
  #pace = wantedAhead;
  #closed = false;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** How many runs may be under way: more where they are quick. */
  get runsAhead(): number {
    return Math.min(mostAhead, Math.max(leastAhead, Math.round(wantedAhead / this.#pace)));
  }

  /** Of a run's outputs, or of anything else that is copied off the card. */
  reserve(bytes: number): Reading {
    if (this.#open !== undefined && this.#open.used + bytes > this.#open.buffer.size) this.#read(this.#open);
    const group = this.#open ?? this.#begin(bytes);
    const offset = group.used;
    group.used += bytes;
    this.#open = group;
    const read = group.content.promise.then((values) => values.slice(offset / 4, (offset + bytes) / 4));
    // A failure is for who awaits it.
    read.catch(() => undefined);
    return { buffer: group.buffer, offset, bytes, read };
  }

  #begin(bytes: number): Group {
    const size = bytes > mostTogether ? bytes : smallBytes;
    const found = this.#spare.findIndex((buffer) => buffer.size >= size);
    const [spare] = found < 0 ? [] : this.#spare.splice(found, 1);
    const buffer =
      spare ?? this.#device.createBuffer({ label: 'staging', size, usage: usage.mapRead | usage.copyTarget });
    const content = Promise.withResolvers<Float32Array>();
    content.promise.catch(() => undefined);
    return { buffer, used: 0, runs: 0, begun: performance.now(), content };
  }

  /** The commands that copy into it are submitted. */
  submitted({ buffer, bytes }: Reading): void {
    const group = this.#open;
    if (group?.buffer !== buffer) return;
    group.runs++;
    if (bytes > mostTogether || group.runs >= Math.floor(this.runsAhead / 2)) this.#read(group);
    else if (group.runs === 1) {
      // When nobody begins another run, somebody waits for this one.
      setTimeout(() => {
        if (this.#open === group) this.#read(group);
      });
    }
  }

  #read(group: Group): void {
    this.#open = undefined;
    void this.#map(group).then(group.content.resolve, group.content.reject);
  }

  async #map({ buffer, used, runs, begun }: Group): Promise<Float32Array> {
    try {
      await buffer.mapAsync(mapForReading, 0, used);
    } catch (error) {
      buffer.destroy();
      throw error;
    }
    const values = new Float32Array(buffer.getMappedRange(0, used)).slice();
    buffer.unmap();
    if (this.#closed) buffer.destroy();
    else this.#spare.push(buffer);
    const now = performance.now();
    if (runs > 0) this.#pace += 0.3 * ((now - Math.max(begun, this.#lastRead)) / runs - this.#pace);
    this.#lastRead = now;
    return values;
  }

  close(): void {
    this.#closed = true;
    if (this.#open !== undefined) this.#read(this.#open);
    for (const buffer of this.#spare.splice(0)) buffer.destroy();
  }
}
