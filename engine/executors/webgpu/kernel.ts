/**
 * What a kernel is and how an operation writes one: WGSL statements over views of tensors, which note who reads and
 * writes what. Not WGSL modules: `shader-text.ts` makes those. Convention: a kernel runs `groups` workgroups of 128 lanes
 * for each sample; its text sees `sample`, `group` and `lane` (u32), and all indices are u32 elements of one sample.
 */
import { MambrushError } from '../../contract/error.ts';
import { channelsOf, sizeOf } from '../../program/operation.ts';
import type { Attributes, Shape } from '../../program/operation.ts';
import { asGradients, byName, gradientOperands } from '../../program/operands.ts';
import type { ByName, GradientsByName, Named } from '../../program/operands.ts';
import type { OperationKind, OperationOf } from '../../program/operations/operations.ts';
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

/** The gradient of a forward input. A parameter's may be written in so many parts a sample. */
export interface GradientTarget extends TensorTarget {
  readonly inParts: (parts: number) => PartsTarget;
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

/** Elements of the parts of one sample. */
export function partsSize(contributions: readonly Contribution[]): number {
  return contributions.reduce((total, { size, parts }) => total + size * parts, 0);
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

interface TokenOptions {
  readonly name?: string;
  readonly readsNeighbors?: boolean;
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
  /** The operation's position in the program: forward operations first, then those of the backward pass. */
  readonly position: number;
}

type Inputs<Kind extends OperationKind> = OperationOf<Kind>['inputs'][number];
type Outputs<Kind extends OperationKind> = OperationOf<Kind>['outputs'][number];
type Gradient<Kind extends OperationKind> = NonNullable<OperationOf<Kind>['gradient']>;

/** Forward and gradient of one operation as kernels, with its operands by the names of its definition. */
export type OperationKernels<Kind extends OperationKind> = {
  forward(e: Emitter, inputs: ByName<Inputs<Kind>, TensorView>, outputs: ByName<Outputs<Kind>, TensorTarget>): void;
} & (Gradient<Kind>['to'][number] extends never
  ? unknown
  : {
      gradient(
        e: Emitter,
        values: ByName<Inputs<Kind> | Outputs<Kind>, TensorView, Gradient<Kind>['reads'][number]> &
          GradientsByName<Outputs<Kind>, TensorView, Gradient<Kind>['from'][number]>,
        gradients: GradientsByName<Inputs<Kind>, GradientTarget | undefined, Gradient<Kind>['to'][number]>,
      ): void;
    });

/** Kernels of any operation, the names of its operands known only at run time. */
export interface AnyKernels {
  forward(e: Emitter, inputs: Named<TensorView>, outputs: Named<TensorTarget>): void;
  gradient?(e: Emitter, values: Named<TensorView>, gradients: Named<GradientTarget>): void;
}

/** What is the same for all operations of a program. */
export interface EmitterState {
  readonly program: Program;
  readonly kernels: Kernel[];
  readonly contributions: Contribution[];
  readonly temporaries: Temporary[];
}

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

  /** @throws MambrushError 'gpu-operation-refused' naming the operation and what it lacks */
  refuse(what: string): never {
    throw new MambrushError(
      'gpu-operation-refused',
      `The graphics card cannot compute '${this.kind}' here: ${what}. Choose the executor 'cpu'.`,
    );
  }

  emit(kernels: AnyKernels): void {
    const { definition, pass, inputs, outputs, accumulate } = this.#operation;
    const values = inputs.map((id) => this.#mapTensor(id, (tensor) => this.#view(tensor)));
    if (pass === 'forward') {
      const targets = outputs.map((id) => this.#mapTensor(id, (tensor) => this.#target(tensor, false)));
      kernels.forward(this, byName(definition.inputs, values), byName(definition.outputs, targets));
      return;
    }
    const gradients = outputs.map((id, position) =>
      this.#mapTensor(id, (tensor) => this.#gradient(tensor, accumulate[position] === true)),
    );
    const given = gradientOperands(definition, values, outputs.length);
    kernels.gradient?.(this, given, asGradients(byName(definition.inputs, gradients)));
  }

  #mapTensor<T>(id: number | undefined, make: (tensor: Tensor) => T): T | undefined {
    const tensor = id === undefined ? undefined : this.#state.program.tensors[id];
    return tensor && make(tensor);
  }

  #gradient(tensor: Tensor, adds: boolean): GradientTarget {
    if (tensor.storage !== 'gradient') {
      const inParts = (): never => this.refuse(`'${tensor.name}' is the gradient of no parameter`);
      return { ...this.#target(tensor, adds), inParts };
    }
    let whole: PartsTarget | undefined;
    return {
      ...this.#view(tensor),
      at: () => this.refuse('it reads the gradient of a parameter'),
      store: (index, value) => (whole ??= this.#parts(tensor, 1)).store('0u', index, value),
      inParts: (parts) => this.#parts(tensor, parts),
    };
  }

  #parts(tensor: Tensor, parts: number): PartsTarget {
    const { contributions } = this.#state;
    const contribution = contributions.length;
    const size = sizeOf(tensor.shape);
    contributions.push({ parameterOffset: tensor.offset, size, parts, offset: partsSize(contributions) });
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

  /** A kernel with a lane for each element `i` of a tensor, whose tokens are what lies along its last axis. */
  addElements({ size, channels }: TensorView, body: string, { name = '', readsNeighbors }: TokenOptions = {}): void {
    this.addTokens(name, size / channels, channels, body, readsNeighbors);
  }

  /** A kernel with a lane for each token `i` of a tensor. */
  addPixels({ size, channels }: TensorView, body: string, { name = '', readsNeighbors }: TokenOptions = {}): void {
    this.addTokens(name, size / channels, 1, body, readsNeighbors);
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
