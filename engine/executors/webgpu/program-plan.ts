/**
 * A program made ready for a graphics card: the kernels of its operations, and where every tensor lies. Neither WGSL nor
 * buffers yet. Convention: scratch is one arena a sample, one after the other, so that a kernel works on all samples of a
 * run at once; inputs and outputs lie tensor by tensor, as the caller hands them over.
 */
import { planMemory, rangesOfUse } from '../../program/memory-plan.ts';
import type { Life } from '../../program/memory-plan.ts';
import { sizeOf } from '../../program/operation.ts';
import type { Operation, Program } from '../../program/program.ts';
import { MambrushError } from '../../contract/error.ts';
import { Emitter, partsSize } from './kernel.ts';
import type { AnyKernels, Contribution, EmitterState, Kernel, Temporary } from './kernel.ts';
import { operationKernels } from './kernels/kernels.ts';

/**
 * Where one sample's elements of a tensor begin: `base + sample × stride`, in elements of its buffer. In `bytes` it is the
 * sample's slot that counts, and all its u8 tensors lie there one after the other.
 */
export interface BufferRegion {
  readonly buffer: 'arena' | 'blocks' | 'inputs' | 'bytes' | 'outputs';
  readonly base: number;
  readonly stride: number;
  readonly size: number;
}

export interface ProgramPlan {
  readonly program: Program;
  /** Samples that are computed at once. */
  readonly slots: number;
  /** Slots for samples that are kept from run to run; behind them lie those of a run that keeps none. */
  readonly keeps: number;
  readonly forward: readonly Kernel[];
  /** The forward operations that the loss depends on, then the gradients. */
  readonly training: readonly Kernel[];
  readonly contributions: readonly Contribution[];
  /** By tensor id, temporaries after the program's tensors. */
  readonly regions: readonly BufferRegion[];
  /** Elements a sample: of the arena, and of all parts of parameter gradients. */
  readonly arenaStride: number;
  readonly partsStride: number;
  /** Bytes of all u8 inputs of one sample, whole words. */
  readonly sampleBytes: number;
  /** Elements of the other buffers, for all slots. */
  readonly sizes: { readonly inputs: number; readonly outputs: number };
}

/** What a program's kernels are, whatever the number of slots. */
export interface ProgramKernels extends EmitterState {
  readonly offsets: ReadonlyMap<number, number>;
  readonly arenaStride: number;
}

/** @throws MambrushError 'gpu-operation-refused' */
export function emitKernels(program: Program): ProgramKernels {
  const state: EmitterState = { program, kernels: [], contributions: [], temporaries: [] };
  const uses = [...program.forward, ...program.backward].map((operation, position) => {
    const before = state.temporaries.length;
    emit(state, operation, position);
    return [...operation.inputs, ...operation.outputs, ...state.temporaries.slice(before).map(({ id }) => id)];
  });
  const { offsets, bytes } = planMemory([...scratchLives(program, state.temporaries, rangesOfUse(uses))]);
  return { ...state, offsets, arenaStride: Math.ceil(bytes / 256) * 64 };
}

function emit(state: EmitterState, operation: Operation, position: number): void {
  const { kind } = operation.definition;
  const kernels = (operationKernels as Readonly<Record<string, AnyKernels>>)[kind];
  if (kernels === undefined) {
    throw new MambrushError(
      'gpu-operation-refused',
      `The graphics card has no kernel for '${kind}'. Choose the executor 'cpu'.`,
    );
  }
  new Emitter(state, operation, position).emit(kernels);
}

/**
 * Memory that is free only a few operations later lets kernels share a dispatch that would otherwise wait for each other:
 * batch 8 at 256×256 has 153 dispatches a step in 108 MB with 0, 138 with 1, 130 in 113 MB with 3, 129 in 248 MB with all.
 */
const prolongation = 3;

function* scratchLives(
  program: Program,
  temporaries: readonly Temporary[],
  ranges: ReturnType<typeof rangesOfUse>,
): Generator<Life> {
  // Four bytes of a u8 tensor are one float here.
  const scratch = program.tensors
    .filter(({ storage }) => storage === 'scratch')
    .map(({ id, shape, type }) => ({ id, size: type === 'u8' ? Math.ceil(sizeOf(shape) / 4) : sizeOf(shape) }));
  for (const { id, size } of [...scratch, ...temporaries]) {
    const range = ranges.get(id);
    if (range !== undefined) yield { id, bytes: 4 * size, first: range.first, last: range.last + prolongation };
  }
}

/** @param slots samples that are computed at once @param keeps samples that stay */
export function planProgram(kernels: ProgramKernels, slots: number, keeps = 0): ProgramPlan {
  const { program, contributions, offsets, arenaStride, temporaries } = kernels;
  const sizes = { inputs: 0, outputs: 0 };
  const take = (buffer: keyof typeof sizes, size: number): BufferRegion => {
    const base = sizes[buffer];
    sizes[buffer] += size * slots;
    return { buffer, base, stride: size, size };
  };
  const byteInputs = program.inputs.filter(({ type }) => type === 'u8');
  // Copies to buffers go by four bytes.
  const sampleBytes = Math.ceil(byteInputs.reduce((total, { shape }) => total + sizeOf(shape), 0) / 4) * 4;
  let taken = 0;
  const takeBytes = (size: number): BufferRegion => {
    taken += size;
    return { buffer: 'bytes', base: taken - size, stride: sampleBytes, size };
  };
  const scratch = (id: number, size: number): BufferRegion => ({
    buffer: 'arena',
    base: (offsets.get(id) ?? 0) / 4,
    stride: arenaStride,
    size,
  });
  const regions = program.tensors.map(({ id, shape, storage, type, offset }): BufferRegion => {
    const size = sizeOf(shape);
    if (storage === 'parameter' || storage === 'gradient') return { buffer: 'blocks', base: offset, stride: 0, size };
    if (storage === 'input') return type === 'u8' ? takeBytes(size) : take('inputs', size);
    if (storage === 'output') return take('outputs', size);
    return scratch(id, type === 'u8' ? Math.ceil(size / 4) : size);
  });
  for (const { id, size } of temporaries) regions.push(scratch(id, size));
  const operations = [...program.forward, ...program.backward];
  return {
    program,
    slots,
    keeps,
    forward: kernels.kernels.filter(({ position }) => position < program.forward.length),
    training: kernels.kernels.filter(({ position }) => operations[position]?.feedsLoss === true),
    contributions,
    regions,
    arenaStride,
    partsStride: partsSize(contributions),
    sampleBytes,
    sizes,
  };
}
