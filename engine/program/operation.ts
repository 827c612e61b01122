/**
 * What an operation is: its shapes, its reference forward and its gradient, side by side. Not how fast it runs: kernels
 * live in executors.
 * Convention: everything is per sample (no batch axis), channels last. A gradient function ADDS into the gradients it is
 * handed; whether an activation gradient starts from zero is the program's business (`Operation.accumulate`).
 */

/** Extent of each axis, channels last: (H, W, C), (L, C) or (C). */
export type Shape = readonly number[];

export type ElementType = 'f32' | 'u8';

/** A tensor of one sample as the reference sees it: float64, row-major. */
export interface Operand {
  readonly shape: Shape;
  readonly data: Float64Array;
}

export type Operands = readonly (Operand | undefined)[];

/** Numbers that are fixed when a program is built. */
export type Attributes = Readonly<Record<string, number>>;

export interface OutputSpec {
  readonly shape: Shape;
  readonly type?: ElementType;
}

export interface GradientDefinition {
  /** Forward inputs whose values the gradient reads, by position. */
  readonly readsInputs: (inputCount: number) => readonly number[];
  /** Forward outputs whose values the gradient reads, by position. */
  readonly readsOutputs: readonly number[];
  /** Forward outputs whose gradients the gradient reads, by position; other outputs carry none. */
  readonly fromOutputs: (outputCount: number) => readonly number[];
  /** Forward inputs that have a gradient, by position. */
  readonly toInputs: (inputCount: number) => readonly number[];
  /** Forward input whose gradient IS the gradient of output 0 (an addend), so that it needs no copy. */
  readonly passesThrough?: number;
  /**
   * Adds the gradients of the inputs.
   * @param inputs forward inputs, @param outputs forward outputs, @param outputGradients one per forward output,
   * @param inputGradients one per forward input, undefined where nobody wants it
   */
  readonly apply: (
    inputs: Operands,
    outputs: Operands,
    outputGradients: Operands,
    inputGradients: Operands,
    attributes: Attributes,
  ) => void;
}

export interface OperationDefinition {
  readonly kind: string;
  /** Names of the attributes, in the order in which executors receive them. */
  readonly attributes: readonly string[];
  /** Inputs that are u8, by position; all others are f32. */
  readonly byteInputs?: readonly number[];
  /** Checks the shapes of the inputs and gives those of the outputs. @throws ShapeError */
  readonly infer: (inputs: readonly (Shape | undefined)[], attributes: Attributes) => readonly OutputSpec[];
  readonly forward: (inputs: Operands, outputs: Operands, attributes: Attributes) => void;
  readonly gradient?: GradientDefinition;
}

/** One optimiser rule over the whole parameter block: every array has one value per parameter. */
export interface UpdateDefinition {
  readonly kind: string;
  readonly attributes: readonly string[];
  readonly apply: (blocks: UpdateBlocks, attributes: Attributes, scalars: UpdateScalars) => void;
}

export interface UpdateBlocks {
  readonly parameters: Float64Array;
  readonly gradients: Float64Array;
  readonly moment1: Float64Array;
  readonly moment2: Float64Array;
}

/** What changes from step to step. `step` counts from 1. */
export interface UpdateScalars {
  readonly learningRate: number;
  readonly step: number;
}

/** Shapes that do not fit together: a mistake in the program being built. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** The operand at a position that must be there. */
export function operand(list: Operands, position: number): Operand {
  const found = list[position];
  if (found === undefined) throw new Error(`operand ${String(position)} is missing`);
  return found;
}

/** The shape at a position that must be there. @throws ShapeError */
export function shapeAt(kind: string, shapes: readonly (Shape | undefined)[], position: number): Shape {
  const found = shapes[position];
  if (found === undefined) throw new ShapeError(`${kind}: input ${String(position)} is missing`);
  return found;
}

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Extent of the last axis. */
export function channelsOf(shape: Shape): number {
  return shape[shape.length - 1] ?? 1;
}

/** (H, W, C) of a shape that must have three axes. @throws ShapeError */
export function planeOf(kind: string, shape: Shape): readonly [height: number, width: number, channels: number] {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw new ShapeError(`${kind}: expected a shape (H, W, C), got (${shape.join(', ')})`);
  }
  return [height, width, channels];
}

/** @throws ShapeError with `kind` and the message when the condition does not hold */
export function requireShape(condition: boolean, kind: string, message: string): void {
  if (!condition) throw new ShapeError(`${kind}: ${message}`);
}

/** @param what names the operand in the message @throws ShapeError unless it has exactly the wanted shape */
export function requireExactShape(kind: string, what: string, found: Shape, wanted: Shape): void {
  const same = found.length === wanted.length && found.every((extent, axis) => extent === wanted[axis]);
  requireShape(same, kind, `${what} must be (${wanted.join(', ')}), got (${found.join(', ')})`);
}

/** Positions 0..count-1. */
export function everyPosition(count: number): readonly number[] {
  return Array.from({ length: count }, (_, position) => position);
}
