/**
 * What a kernel is and how an operation writes one: WGSL statements over views of tensors, which note who reads and
 * writes what. Not WGSL modules: `shader-text.ts` makes those. Convention: a kernel runs `groups` workgroups of 128 lanes
 * for each sample; its text sees `sample`, `group` and `lane` (u32), and all indices are u32 elements of one sample.
 */
import { MambrushError } from '../../contract/error.ts';
import { channelsOf, sizeOf } from '../../program/operation.ts';
import type { Attributes, Shape } from '../../program/operation.ts';
import type { Operation, Program, Tensor } from '../../program/program.ts';

/** Invocations of every workgroup: below the default limit of 256, and a whole number of any machine's subgroups. */
export const lanes = 128;
/** Floats of workgroup memory that a kernel may use: the default limit of 16 KB. */
export const mostShared = 4096;

/** A tensor as a kernel's text reads it. */
export interface TensorView {
  readonly shape: Shape;
  readonly size: number;
  readonly channels: number;
  /** The WGSL value of an element. */
  readonly at: (index: string) => string;
}

/** A tensor as a kernel's text writes it. */
export interface TensorTarget extends TensorView {
  /** A WGSL statement that writes an element, or adds to it where the program says so. */
  readonly store: (index: string, value: string) => string;
}

/** A parameter's gradient, written in parts that are summed in fixed order at the end of a step. */
export interface PartsTarget {
  readonly store: (part: string, index: string, value: string) => string;
}

/** Part of the sum that is a parameter's gradient: for each sample, `parts` arrays of `size`. */
export interface Contribution {
  readonly parameterOffset: number;
  readonly size: number;
  readonly parts: number;
  /** Elements into the parts of one sample slot, of all contributions together. */
  readonly offset: number;
}

/** A tensor that the program does not know: what one kernel of an operation leaves for the next. */
export interface Temporary {
  readonly id: number;
  readonly size: number;
}

export type Access =
  | { readonly kind: 'tensor'; readonly id: number; readonly writes: boolean }
  | { readonly kind: 'parts'; readonly contribution: number; readonly writes: boolean };

/**
 * A kernel that has lanes for the `perToken` elements of each token (a pixel is one), writes its own token alone, and
 * reads others' only where it says so. Such kernels may follow each other in one workgroup.
 */
export interface Tokens {
  readonly count: number;
  readonly perToken: number;
  readonly readsNeighbors: boolean;
}

export interface Kernel {
  /** For errors and tables. */
  readonly label: string;
  /** Where it is there, the body is that of one element `i`. */
  readonly tokens?: Tokens;
  readonly groups: number;
  readonly body: string;
  /** Floats of workgroup memory, `pool`. */
  readonly shared: number;
  readonly accesses: readonly Access[];
  /** The operation's place in the program: forward operations first, then those of the backward pass. */
  readonly position: number;
}

/** Forward and gradient of one operation as kernels; `gradient` may be absent where the operation has none. */
export interface OperationKernels {
  readonly forward: (emitter: Emitter) => void;
  readonly gradient?: (emitter: Emitter) => void;
}

/** What is the same for all operations of a program. */
export interface EmitterState {
  readonly program: Program;
  readonly kernels: Kernel[];
  readonly contributions: Contribution[];
  readonly temporaries: Temporary[];
}

/** What an operation's kernels are written with. */
export class Emitter {
  readonly #state: EmitterState;
  readonly #operation: Operation;
  readonly #position: number;
  #accesses: Access[] = [];

  constructor(state: EmitterState, operation: Operation, position: number) {
    this.#state = state;
    this.#operation = operation;
    this.#position = position;
  }

  get kind(): string {
    return this.#operation.definition.kind;
  }

  get attributes(): Attributes {
    return this.#operation.attributes;
  }

  /** Of the forward operation, whichever pass this is. */
  get inputCount(): number {
    return this.#operation.pass === 'forward' ? this.#operation.inputs.length : this.#operation.outputs.length;
  }

  get outputCount(): number {
    const { inputs, outputs, pass } = this.#operation;
    return pass === 'forward' ? outputs.length : (inputs.length - outputs.length) / 2;
  }

  #tensor(id: number | undefined): Tensor | undefined {
    return id === undefined ? undefined : this.#state.program.tensors[id];
  }

  /** @throws MambrushError 'gpu-operation-refused' naming the operation and what it lacks */
  refuse(what: string): never {
    throw new MambrushError(
      'gpu-operation-refused',
      `The graphics card cannot compute '${this.kind}' here: ${what}. Choose the executor 'cpu'.`,
    );
  }

  /** A forward input's values. */
  input(position: number): TensorView {
    return this.optionalInput(position) ?? this.refuse(`its input ${position} is missing`);
  }

  optionalInput(position: number): TensorView | undefined {
    const tensor = this.#tensor(this.#operation.inputs[position]);
    return tensor && this.#view(tensor);
  }

  /** In the forward pass: an output to write. */
  output(position: number): TensorTarget {
    const tensor = this.#tensor(this.#operation.outputs[position]);
    return tensor === undefined ? this.refuse(`its output ${position} is missing`) : this.#target(tensor, false);
  }

  /** In the gradient: a forward output's values. */
  result(position: number): TensorView {
    const tensor = this.#tensor(this.#operation.inputs[this.inputCount + position]);
    return tensor === undefined ? this.refuse(`its result ${position} is missing`) : this.#view(tensor);
  }

  /** In the gradient: the gradient of a forward output. */
  resultGradient(position: number): TensorView {
    const tensor = this.#tensor(this.#operation.inputs[this.inputCount + this.outputCount + position]);
    return tensor === undefined ? this.refuse(`the gradient of result ${position} is missing`) : this.#view(tensor);
  }

  /** In the gradient: the gradient of a forward input to write; undefined where nobody wants it. */
  inputGradient(position: number): TensorTarget | undefined {
    const tensor = this.#tensor(this.#operation.outputs[position]);
    if (tensor === undefined) return undefined;
    if (tensor.storage !== 'gradient') {
      return this.#target(tensor, this.#operation.accumulate[position] === true);
    }
    const parts = this.#parts(tensor, 1);
    const { shape } = tensor;
    return {
      shape,
      size: sizeOf(shape),
      channels: channelsOf(shape),
      at: () => this.refuse('it reads the gradient of a parameter'),
      store: (index, value) => parts.store('0u', index, value),
    };
  }

  /** In the gradient: a parameter's gradient as the sum of so many parts a sample; undefined where nobody wants it. */
  parameterGradient(position: number, parts: number): PartsTarget | undefined {
    const tensor = this.#tensor(this.#operation.outputs[position]);
    if (tensor === undefined) return undefined;
    if (tensor.storage !== 'gradient') this.refuse(`its input ${position} is no parameter`);
    return this.#parts(tensor, parts);
  }

  /** The parts that an earlier kernel of this operation wrote. @param index of the contribution among all */
  #parts(tensor: Tensor, parts: number): PartsTarget {
    const { contributions } = this.#state;
    const contribution = contributions.length;
    const size = sizeOf(tensor.shape);
    const offset = contributions.reduce((total, other) => total + other.size * other.parts, 0);
    contributions.push({ parameterOffset: tensor.offset, size, parts, offset });
    return {
      store: (part, index, value) => {
        this.#accesses.push({ kind: 'parts', contribution, writes: true });
        return `partials[p${contribution} + (${part}) * ${size}u + (${index})] = ${value};`;
      },
    };
  }

  /** Values that live as long as this operation is at work. */
  temporary(shape: Shape): TensorTarget {
    const { program, temporaries } = this.#state;
    const id = program.tensors.length + temporaries.length;
    temporaries.push({ id, size: sizeOf(shape) });
    return this.#target({ id, shape, storage: 'scratch', type: 'f32' }, false);
  }

  #note(id: number, writes: boolean): void {
    this.#accesses.push({ kind: 'tensor', id, writes });
  }

  #view({ id, shape, storage, type }: Pick<Tensor, 'id' | 'shape' | 'storage' | 'type'>): TensorView {
    const at = (index: string): string => {
      this.#note(id, false);
      if (storage === 'input' && type === 'u8') return `byteAt(t${id} + (${index}))`;
      return `${buffers[storage]}[t${id} + (${index})]`;
    };
    return { shape, size: sizeOf(shape), channels: channelsOf(shape), at };
  }

  #target(tensor: Pick<Tensor, 'id' | 'shape' | 'storage' | 'type'>, adds: boolean): TensorTarget {
    const { id, storage } = tensor;
    const store = (index: string, value: string): string => {
      this.#note(id, true);
      if (adds) this.#note(id, false);
      return `${buffers[storage]}[t${id} + (${index})] ${adds ? '+=' : '='} ${value};`;
    };
    return { ...this.#view(tensor), store };
  }

  /** Ends a kernel: what its body's views noted is its own. @param shared floats of workgroup memory */
  add(name: string, groups: number, body: string, shared = 0): void {
    if (shared > mostShared) this.refuse(`'${name}' needs ${shared * 4} bytes of workgroup memory`);
    this.#push(name, groups, body, shared);
  }

  #push(name: string, groups: number, body: string, shared: number, tokens?: Tokens): void {
    this.#state.kernels.push({
      label: `${this.kind} ${this.#operation.pass === 'gradient' ? 'gradient ' : ''}${name}`.trim(),
      groups,
      body,
      shared,
      accesses: this.#accesses,
      position: this.#position,
      ...(tokens !== undefined && { tokens }),
    });
    this.#accesses = [];
  }

  /** A kernel with a lane for each of `count` elements, `i`, which may be written and read in any order. */
  addFlat(name: string, count: number, body: string): void {
    const text = `let i = group * ${lanes}u + lane;\nif (i < ${count}u) {\n${body}\n}`;
    this.add(name, Math.ceil(count / lanes), text);
  }

  /** A kernel of tokens, see `Tokens`; its elements `i` lie token by token. */
  addTokens(name: string, count: number, perToken: number, body: string, readsNeighbors = false): void {
    const groups = Math.ceil((count * perToken) / lanes);
    this.#push(name, groups, body, 0, { count, perToken, readsNeighbors });
  }
}

/** WGSL names of the buffers that hold each storage. Parameters and their blocks share one. */
const buffers: Readonly<Record<Tensor['storage'], string>> = {
  parameter: 'blocks',
  gradient: 'blocks',
  input: 'inputs',
  output: 'outputs',
  scratch: 'arena',
};

/** A number as WGSL has it, in float32. */
export function float(value: number): string {
  return `${String(value)}f`;
}
