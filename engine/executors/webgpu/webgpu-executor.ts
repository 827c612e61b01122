/**
 * The executor on a graphics card, over an injected `GPU` object: in a browser the browser's, in Node Dawn's. Holds the
 * card open between sessions and opens it anew when it was lost or has failed. Convention: float32; the same bits on the
 * same card for the same batch, other bits on another card.
 */
import { MambrushError } from '../../contract/error.ts';
import type { Executor, SessionOptions } from '../../program/executor.ts';
import { sizeOf } from '../../program/operation.ts';
import type { Program } from '../../program/program.ts';
import { allocateBuffers, bufferBytes } from './device-buffers.ts';
import { compileDispatches, phaseTexts } from './dispatch.ts';
import { gatherGradients } from './gather-gradients.ts';
import { openDevice } from './open-device.ts';
import type { OpenDevice } from './open-device.ts';
import { emitKernels, planProgram } from './program-plan.ts';
import type { ProgramPlan } from './program-plan.ts';
import { WebGpuSession } from './webgpu-session.ts';

export interface WebGpuOptions {
  /** For people: the card's name. */
  readonly description: string;
  /** Which card is meant where there are several; the fast one when absent. */
  readonly preference?: GPUPowerPreference;
  /** At most so many samples at once, for tests; as many as fit when absent. */
  readonly mostSlots?: number;
}

export class WebGpuExecutor implements Executor {
  readonly name = 'webgpu';
  readonly description: string;
  readonly #gpu: GPU;
  readonly #preference: GPUPowerPreference | undefined;
  readonly #mostSlots: number;
  #opened: Promise<OpenDevice> | undefined;

  constructor(gpu: GPU, { description, preference, mostSlots = Infinity }: WebGpuOptions) {
    this.#gpu = gpu;
    this.#preference = preference;
    this.description = description;
    this.#mostSlots = mostSlots;
  }

  /** @throws MambrushError 'gpu-missing', 'gpu-out-of-memory', 'gpu-operation-refused', 'gpu-shader-refused' */
  async open(program: Program, options: SessionOptions = {}): Promise<WebGpuSession> {
    const kernels = emitKernels(program);
    const open = await this.#device();
    const { device } = open;
    const gather = gatherGradients(kernels);
    const most = largestBinding(device);
    const notices: string[] = [];
    const mostSlots = Math.min(program.batch, this.#mostSlots);
    for (const { slots, keeps } of attempts(program.batch, mostSlots, mostKept(program, options.keep ?? 0))) {
      const plan = planProgram(kernels, slots, keeps);
      const fits = Object.values(bufferBytes(plan, gather.table.length)).every((bytes) => bytes <= most);
      const buffers = fits ? await allocateBuffers(device, plan, gather.table) : undefined;
      if (buffers === undefined) continue;
      if (slots < program.batch) notices.push(slicesNotice(plan));
      try {
        const dispatches = await compileDispatches(device, buffers.layout, phaseTexts(plan, gather, open.subgroups));
        return new WebGpuSession({ open, plan, buffers, dispatches, poison: options.poison ?? false, notices });
      } catch (error) {
        for (const buffer of Object.values(buffers.byName)) buffer.destroy();
        throw error;
      }
    }
    throw new MambrushError(
      'gpu-out-of-memory',
      `The graphics card has not enough memory for a single image of this size. Choose a smaller size, or the executor 'cpu'.`,
    );
  }

  async #device(): Promise<OpenDevice> {
    this.#opened ??= openDevice(this.#gpu, this.#preference);
    try {
      const opened = await this.#opened;
      const { lost, error } = opened.state;
      if (lost === undefined && error === undefined) return opened;
      // Whoever still works on it is refused already.
      opened.device.destroy();
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
    this.#opened = openDevice(this.#gpu, this.#preference);
    return this.#opened;
  }

  /** Gives the card back. Sessions that are open are lost; a session that is opened later opens it anew. */
  async release(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    (await opened)?.device.destroy();
  }
}

/** Even where memory would be plenty: on many machines it is the processor's too. */
const mostKeptBytes = 2 ** 30;

/** Slots that are worth having: at least one for every sample of a run. */
function mostKept({ inputs, batch }: Program, wanted: number): number {
  const bytes = inputs.reduce((total, { type, shape }) => total + (type === 'u8' ? sizeOf(shape) : 0), 0);
  const most = Math.min(wanted, Math.floor(mostKeptBytes / Math.max(1, bytes)));
  return bytes > 0 && most >= batch ? most : 0;
}

/** First fewer samples are kept, then fewer are computed at once. */
function* attempts(
  batch: number,
  mostSlots: number,
  mostKeeps: number,
): Generator<{ readonly slots: number; readonly keeps: number }, undefined> {
  for (let keeps = mostKeeps; keeps >= batch; keeps = Math.floor(keeps / 2)) yield { slots: mostSlots, keeps };
  for (let slots = mostSlots; slots >= 1; slots = Math.floor(slots / 2)) yield { slots, keeps: 0 };
}

function largestBinding({ limits }: GPUDevice): number {
  return Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
}

function slicesNotice({ slots, program }: ProgramPlan): string {
  return (
    `The graphics card's memory does not hold a batch of ${program.batch}: it is computed in parts of ${slots} whose ` +
    'gradients are added up. The result is that of the whole batch.'
  );
}
