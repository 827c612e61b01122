/**
 * What every executor offers: a program is opened once and then run many times. Not an executor itself.
 * Convention: blocks and inputs are copied in, outputs are copied out; a session belongs to one caller at a time.
 */
import type { UpdateScalars } from './operation.ts';
import type { Program } from './program.ts';

export type FloatArray = Float32Array | Float64Array;

export function asFloat32(values: FloatArray): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** One value per parameter each, in the order and layout of `Program.parameters`. */
export type Block = 'parameters' | 'gradients' | 'moment1' | 'moment2';

export interface RunRequest {
  /** `forward`: all forward operations. `gradient`: loss and gradients. `step`: those, then the update. */
  readonly phase: 'forward' | 'gradient' | 'step';
  /** Samples in this run, 1..program.batch. */
  readonly count: number;
  /** By input name: count × size elements; the u8 ones only of samples that come along, where samples are kept. */
  readonly inputs: Readonly<Record<string, FloatArray | Uint8Array>>;
  /** Only to a session that keeps samples. */
  readonly kept?: KeptSamples;
  /** Needed by `step`. */
  readonly scalars?: UpdateScalars;
}

/** Where the u8 inputs of a run's samples lie with the executor, so that not every run has to bring them along. */
export interface KeptSamples {
  /** Of each sample of the run, 0 to `Session.keeps` - 1, no two alike. */
  readonly slots: readonly number[];
  /** The run's samples that come along in `inputs`, by position, rising. From this run on they lie in their slots. */
  readonly brought: readonly number[];
}

export interface Session {
  readonly program: Program;
  /** What its user should know, as sentences: e.g. that memory is short and what is done about it. */
  readonly notices?: readonly string[];
  /**
   * How many runs may be begun before an earlier one has been awaited; none when absent. They are computed in order, and
   * what each is given is copied when it begins. It may change from run to run.
   */
  readonly runsAhead?: number;
  /** In how many slots samples can be kept from run to run; none when absent, as where bringing them costs nothing. */
  readonly keeps?: number;
  write(block: Block, values: FloatArray): Promise<void>;
  read(block: Block): Promise<FloatArray>;
  /** @returns by output name: count × size elements; outputs that the phase does not compute are absent */
  run(request: RunRequest): Promise<Readonly<Record<string, FloatArray>>>;
  /** Frees what it holds. Whatever is asked of a closed session is refused, but for closing it again. */
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Threads to compute on; the executor's own choice when absent. */
  readonly threads?: number;
  /** Instruction set to use, for tests; refused when the machine lacks it. */
  readonly instructionSet?: string;
  /** Fill the arena with NaN before each sample, so that a test sees who reads what nobody wrote. */
  readonly poison?: boolean;
  /** How many samples there will be to keep; as many are kept as there is memory for. */
  readonly keep?: number;
}

export interface Executor {
  readonly name: string;
  /** For people: what computes, e.g. with how many threads. */
  readonly description: string;
  open(program: Program, options?: SessionOptions): Promise<Session>;
}

/** Checks values that are to be written to a block. @throws RangeError naming the block and both sizes */
export function checkBlock(program: Program, block: Block, values: FloatArray): void {
  if (values.length === program.parameterCount) return;
  const sizes = `${String(program.parameterCount)} values, got ${String(values.length)}`;
  throw new RangeError(`the block '${block}' of this program needs ${sizes}`);
}

/**
 * Checks a request against a program.
 * @param keeps slots of the session @throws RangeError naming the input and both sizes, or what is wrong with the slots
 */
export function checkRequest(program: Program, request: RunRequest, keeps = 0): void {
  const { count, inputs, kept } = request;
  if (!Number.isInteger(count) || count < 1 || count > program.batch) {
    throw new RangeError(`a run takes 1 to ${String(program.batch)} samples, not ${String(count)}`);
  }
  if (kept !== undefined) checkKept(kept, count, keeps);
  for (const input of program.inputs) {
    const samples = kept !== undefined && input.type === 'u8' ? kept.brought.length : count;
    const size = samples * input.shape.reduce((product, extent) => product * extent, 1);
    const given = inputs[input.name];
    if (given?.length !== size) {
      throw new RangeError(
        `input '${input.name}' needs ${String(size)} values for ${String(samples)} samples, got ${String(given?.length ?? 0)}`,
      );
    }
    if (given instanceof Uint8Array !== (input.type === 'u8')) {
      throw new RangeError(`input '${input.name}' must be ${input.type}`);
    }
  }
  if (request.phase === 'forward') return;
  if (program.backward.length === 0) throw new RangeError(`this program has no gradients: it can only run 'forward'`);
  if (request.phase === 'gradient') return;
  if (request.scalars === undefined || program.update.length === 0) {
    throw new RangeError('a step needs an optimiser in the program, and its scalars');
  }
  const { learningRate, step } = request.scalars;
  if (!Number.isFinite(learningRate) || !Number.isInteger(step) || step < 1) {
    throw new RangeError(
      `a step needs a finite learning rate and a number from 1 on, got ${String(learningRate)} and ${String(step)}`,
    );
  }
}

function checkKept({ slots, brought }: KeptSamples, count: number, keeps: number): void {
  const isSlot = (slot: number): boolean => Number.isInteger(slot) && slot >= 0 && slot < keeps;
  if (slots.length !== count || new Set(slots).size !== count || !slots.every(isSlot)) {
    throw new RangeError(
      `a run of ${String(count)} samples needs as many different slots below ${String(keeps)}, got ${slots.join(', ')}`,
    );
  }
  const isRising = brought.every((position, i) => position > (brought[i - 1] ?? -1));
  if (!isRising || !brought.every((position) => Number.isInteger(position) && position < count)) {
    throw new RangeError(
      `samples come along by their positions below ${String(count)}, rising, got ${brought.join(', ')}`,
    );
  }
}
