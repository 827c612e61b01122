/**
 * A static training step as data: tensors, operations in order, and where each tensor lies. Not a graph and not code:
 * executors run the lists as they stand, with no allocation and no decision at run time.
 * Convention: a program describes ONE sample; a run repeats it for `count` samples. Only three things cross samples: the
 * sum of parameter gradients, the seeds that the caller hands in (1 / batch), and the update.
 */
import type { Attributes, ElementType, OperationDefinition, Shape, UpdateDefinition } from './operation.ts';

/**
 * Where a tensor lives. `parameter` and `gradient`: blocks shared by all samples, `gradient` zeroed for each sample and
 * summed in sample order. `input` and `output`: one slot per sample, written or read by the caller. `scratch`: one arena
 * per sample in work.
 */
export type Storage = 'parameter' | 'gradient' | 'input' | 'output' | 'scratch';

export interface Tensor {
  readonly id: number;
  readonly name: string;
  readonly shape: Shape;
  readonly type: ElementType;
  readonly storage: Storage;
  /** Elements into the block for parameters and gradients, bytes into the arena for scratch, 0 otherwise. */
  readonly offset: number;
}

export interface Operation {
  readonly definition: OperationDefinition;
  readonly pass: 'forward' | 'gradient';
  /**
   * Tensor ids; undefined where an optional operand is absent or not read. Forward: the inputs. Gradient: forward
   * inputs, forward outputs, gradients of the outputs.
   */
  readonly inputs: readonly (number | undefined)[];
  /** Forward: the outputs. Gradient: gradients of the forward inputs. */
  readonly outputs: readonly (number | undefined)[];
  /** Per output: add to what is there (true) or overwrite. Gradients of parameters always add. */
  readonly accumulate: readonly boolean[];
  readonly attributes: Attributes;
  /** False for forward operations that the loss does not depend on: a training step leaves them out. */
  readonly feedsLoss: boolean;
}

export interface Update {
  readonly definition: UpdateDefinition;
  readonly attributes: Attributes;
}

export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  /** Elements into the parameter block. */
  readonly offset: number;
  readonly size: number;
}

export interface Program {
  /** The most samples that one run may hold. */
  readonly batch: number;
  readonly tensors: readonly Tensor[];
  readonly parameters: readonly Parameter[];
  /** Elements of each of the blocks `parameters`, `gradients`, `moment1`, `moment2`. */
  readonly parameterCount: number;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly forward: readonly Operation[];
  readonly backward: readonly Operation[];
  readonly update: readonly Update[];
  /** Bytes of one sample's arena. */
  readonly arenaBytes: number;
  /** Plain data from which whoever builds such programs builds the same one elsewhere; without it, it can only run here. */
  readonly recipe?: unknown;
}
