/**
 * One program on a graphics card. Parameters, gradients and moments stay there; a run copies its inputs in, computes in one
 * command buffer, and copies the outputs back. Convention: a batch that does not fit is computed in slices whose gradients
 * are added up, which is the same sum in another order; the update comes once, at the end.
 */
import { MambrushError } from '../../contract/error.ts';
import { computedOutputs } from '../../program/computed-outputs.ts';
import { asFloat32, checkBlock, checkRequest } from '../../program/executor.ts';
import type { Block, FloatArray, RunRequest, Session } from '../../program/executor.ts';
import { sizeOf } from '../../program/operation.ts';
import type { Program, Tensor } from '../../program/program.ts';
import { usage } from './gpu-flags.ts';
import type { DeviceBuffers } from './device-buffers.ts';
import type { Dispatch, PhaseDispatches } from './dispatch.ts';
import type { OpenDevice } from './open-device.ts';
import type { ProgramPlan } from './program-plan.ts';
import { Readings } from './readings.ts';
import type { Reading } from './readings.ts';
import { dispatchSize, runSlotsOffset, runUniformBytes } from './shader-text.ts';
import { updateScalars } from './updates.ts';

const blockOrder: readonly Block[] = ['parameters', 'gradients', 'moment1', 'moment2'];

export interface SessionParts {
  readonly open: OpenDevice;
  readonly plan: ProgramPlan;
  readonly buffers: DeviceBuffers;
  readonly dispatches: PhaseDispatches<Dispatch>;
  readonly poison: boolean;
  readonly notices: readonly string[];
}

export interface DispatchTime {
  readonly labels: readonly string[];
  readonly seconds: number;
}

export class WebGpuSession implements Session {
  readonly program: Program;
  readonly notices: readonly string[];
  readonly keeps: number;
  readonly #open: OpenDevice;
  readonly #plan: ProgramPlan;
  readonly #buffers: DeviceBuffers;
  readonly #dispatches: PhaseDispatches<Dispatch>;
  /** For tests: what the arena, the outputs and the parts are filled with before each slice. */
  readonly #poison: Float32Array<ArrayBuffer> | undefined;
  readonly #readings: Readings;
  /** The u8 inputs of samples, on their way to the card. */
  readonly #sample: Uint8Array<ArrayBuffer>;
  #closed = false;

  constructor({ open, plan, buffers, dispatches, poison, notices }: SessionParts) {
    this.program = plan.program;
    this.notices = notices;
    this.keeps = plan.keeps;
    this.#readings = new Readings(open.device);
    this.#sample = new Uint8Array(plan.sampleBytes);
    this.#open = open;
    this.#plan = plan;
    this.#buffers = buffers;
    this.#dispatches = dispatches;
    const { arena, outputs, partials } = buffers.byName;
    const most = Math.max(arena.size, outputs.size, partials.size) / 4;
    this.#poison = poison ? new Float32Array(most).fill(NaN) : undefined;
  }

  /** So that the card has work while the host reads losses and fills the next batches. */
  get runsAhead(): number {
    return this.#readings.runsAhead;
  }

  async write(block: Block, values: FloatArray): Promise<void> {
    this.#requireWorking();
    checkBlock(this.program, block, values);
    this.#put('blocks', 4 * this.#blockStart(block), asFloat32(values));
  }

  async read(block: Block): Promise<Float32Array> {
    this.#requireWorking();
    const count = this.program.parameterCount;
    if (count === 0) return new Float32Array();
    const encoder = this.#open.device.createCommandEncoder();
    const reading = this.#readings.reserve(4 * count);
    const start = 4 * this.#blockStart(block);
    encoder.copyBufferToBuffer(this.#buffers.byName.blocks, start, reading.buffer, reading.offset, reading.bytes);
    this.#open.device.queue.submit([encoder.finish()]);
    return this.#valuesOf(reading);
  }

  #blockStart(block: Block): number {
    return blockOrder.indexOf(block) * this.program.parameterCount;
  }

  async run(request: RunRequest): Promise<Readonly<Record<string, Float32Array>>> {
    this.#requireWorking();
    checkRequest(this.program, request, this.keeps);
    const { slots } = this.#plan;
    const computed = computedOutputs(this.program, request.phase);
    const bytes = 4 * request.count * computed.reduce((total, { shape }) => total + sizeOf(shape), 0);
    const reading = bytes === 0 ? undefined : this.#readings.reserve(bytes);
    for (let first = 0; first < request.count; first += slots) {
      const count = Math.min(slots, request.count - first);
      this.#upload(request, first, count);
      const isLast = first + count === request.count;
      const commands = this.#encode(request, first, count, isLast, computed, reading);
      this.#open.device.queue.submit([commands]);
    }
    const values = reading === undefined ? await this.#settled() : await this.#valuesOf(reading);
    let at = 0;
    return Object.fromEntries(
      computed.map(({ name, shape }) => {
        const size = request.count * sizeOf(shape);
        at += size;
        return [name, values.slice(at - size, at)];
      }),
    );
  }

  /** What commands that are submitted copy off the card. */
  async #valuesOf(reading: Reading): Promise<Float32Array> {
    this.#readings.submitted(reading);
    const values = await reading.read.catch(async (cause: unknown) => {
      await this.#open.device.queue.onSubmittedWorkDone().catch(() => undefined);
      this.#requireWorking();
      throw lostError(cause instanceof Error ? cause.message : String(cause), cause);
    });
    this.#requireWorking();
    return values;
  }

  async #settled(): Promise<Float32Array> {
    await this.#open.device.queue.onSubmittedWorkDone();
    this.#requireWorking();
    return new Float32Array();
  }

  /** Everything is copied before this returns: the caller may change its arrays at once. */
  #upload(request: RunRequest, first: number, count: number): void {
    const { inputs, scalars } = request;
    const { slots } = this.#plan;
    const uniform = new ArrayBuffer(runUniformBytes(slots));
    new Uint32Array(uniform, 0, 2).set([count, first > 0 ? 1 : 0]);
    if (scalars !== undefined) new Float32Array(uniform, 16).set(updateScalars(this.program, scalars));
    new Uint32Array(uniform, runSlotsOffset).set(this.#uploadSamples(request, first, count));
    this.#put('run', 0, new Uint8Array(uniform));
    for (const input of this.program.inputs) {
      const region = this.#plan.regions[input.id];
      const values = inputs[input.name];
      if (region === undefined || values === undefined || values instanceof Uint8Array) continue;
      const own = values.subarray(first * region.size, (first + count) * region.size);
      this.#put('inputs', 4 * region.base, asFloat32(own));
    }
    if (this.#poison === undefined) return;
    for (const name of ['arena', 'outputs', 'partials'] as const) {
      this.#put(name, 0, this.#poison.subarray(0, this.#buffers.byName[name].size / 4));
    }
  }

  /** @returns the slot of each sample of the slice */
  #uploadSamples({ inputs, kept }: RunRequest, first: number, count: number): readonly number[] {
    const { keeps, regions, sampleBytes } = this.#plan;
    const positions = Array.from({ length: count }, (_, i) => first + i);
    // Behind those that are kept lie those of this slice alone.
    const slots = kept?.slots.slice(first, first + count) ?? positions.map((position) => keeps + position - first);
    const brought = kept?.brought ?? positions;
    for (const [order, position] of brought.entries()) {
      const slot = slots[position - first];
      if (slot === undefined) continue;
      for (const { id, name } of this.program.inputs) {
        const { buffer, base = 0, size = 0 } = regions[id] ?? {};
        const values = inputs[name];
        if (buffer !== 'bytes' || !(values instanceof Uint8Array)) continue;
        const from = (kept === undefined ? position : order) * size;
        this.#sample.set(values.subarray(from, from + size), base);
      }
      this.#put('bytes', slot * sampleBytes, this.#sample);
    }
    return slots;
  }

  #put(name: keyof DeviceBuffers['byName'], offset: number, values: Float32Array | Uint8Array): void {
    const { buffer, byteOffset, byteLength } = values;
    if (byteLength === 0) return;
    this.#open.device.queue.writeBuffer(this.#buffers.byName[name], offset, buffer, byteOffset, byteLength);
  }

  #encode(
    { phase, count: all }: RunRequest,
    first: number,
    count: number,
    isLast: boolean,
    computed: readonly Tensor[],
    reading: Reading | undefined,
  ): GPUCommandBuffer {
    const encoder = this.#open.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, this.#buffers.group);
    const { forward, training, update } = this.#dispatches;
    const list = phase === 'forward' ? forward : training;
    for (const dispatch of phase === 'step' && isLast ? [...list, ...update] : list) addDispatch(pass, dispatch, count);
    pass.end();
    let at = 0;
    for (const { id, shape } of computed) {
      const size = sizeOf(shape);
      const { base = 0 } = this.#plan.regions[id] ?? {};
      if (reading !== undefined) {
        const target = reading.offset + 4 * (at + first * size);
        encoder.copyBufferToBuffer(this.#buffers.byName.outputs, 4 * base, reading.buffer, target, 4 * count * size);
      }
      at += all * size;
    }
    return encoder.finish();
  }

  /**
   * Seconds of each dispatch of a phase over the inputs of the last run, for benchmarks.
   * @returns undefined where the card tells no times
   */
  async profile(phase: 'forward' | 'training', count: number): Promise<readonly DispatchTime[] | undefined> {
    const { device } = this.#open;
    const list = this.#dispatches[phase];
    if (!device.features.has('timestamp-query') || 2 * list.length > 4096) return undefined;
    const queries = device.createQuerySet({ type: 'timestamp', count: 2 * list.length });
    const bytes = 16 * list.length;
    const resolved = device.createBuffer({ size: bytes, usage: usage.queryResolve | usage.copySource });
    const reading = this.#readings.reserve(bytes);
    const encoder = device.createCommandEncoder();
    for (const [i, dispatch] of list.entries()) {
      const pass = encoder.beginComputePass({
        timestampWrites: { querySet: queries, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 },
      });
      pass.setBindGroup(0, this.#buffers.group);
      addDispatch(pass, dispatch, count);
      pass.end();
    }
    encoder.resolveQuerySet(queries, 0, 2 * list.length, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, reading.buffer, reading.offset, bytes);
    device.queue.submit([encoder.finish()]);
    const values = new BigUint64Array((await this.#valuesOf(reading)).buffer);
    queries.destroy();
    resolved.destroy();
    return list.map(({ labels }, i) => ({
      labels,
      seconds: Number((values[2 * i + 1] ?? 0n) - (values[2 * i] ?? 0n)) / 1e9,
    }));
  }

  /** @throws MambrushError 'gpu-lost', 'gpu-out-of-memory', 'gpu-error' */
  #requireWorking(): void {
    if (this.#closed) throw new Error('this session is closed');
    const { lost, error } = this.#open.state;
    if (lost !== undefined) throw lostError(lost);
    if (error !== undefined) throw deviceError(error);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#readings.close();
    for (const buffer of Object.values(this.#buffers.byName)) buffer.destroy();
  }
}

function addDispatch(pass: GPUComputePassEncoder, { pipeline, groups, perSample }: Dispatch, count: number): void {
  pass.setPipeline(pipeline);
  pass.dispatchWorkgroups(...dispatchSize(groups, perSample ? count : 1));
}

function lostError(why: string, cause?: unknown): MambrushError {
  return new MambrushError(
    'gpu-lost',
    `The graphics card stopped working for Mambrush (${why}). What was saved is safe: go on from there, on the card or ` +
      `with the executor 'cpu'.`,
    { cause },
  );
}

function deviceError(error: GPUError): MambrushError {
  // By name: where the class is not a global, there is no `instanceof`.
  if (error.constructor.name === 'GPUOutOfMemoryError') {
    return new MambrushError(
      'gpu-out-of-memory',
      `The graphics card has run out of memory. Choose a smaller batch or image size, or the executor 'cpu'.`,
      { cause: error },
    );
  }
  return new MambrushError(
    'gpu-error',
    `The graphics card refuses to compute (${error.message}). Choose the executor 'cpu', and please report this.`,
    { cause: error },
  );
}
