/**
 * What an operation is: its shapes, its reference forward and its gradient, side by side. Not how fast it runs: kernels
 * live in executors.
 * Convention: everything is per sample (no batch axis), channels last. A gradient function ADDS into the gradients it is
 * handed; whether an activation gradient starts from zero is the program's business (`Operation.accumulate`).
 */
import { byName, inOrder, namesOf, ShapeError } from './operands.ts';
import type { ByName, GradientsByName, Named, NameOf } from './operands.ts';

/** Extent of each axis, channels last: (H, W, C), (L, C) or (C). */
export type Shape = readonly number[];

export type ElementType = 'f32' | 'u8';

/** A tensor of one sample as the reference sees it: float64, row-major. */
export interface Operand {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Numbers that are fixed when a program is built. */
export type Attributes = Readonly<Record<string, number>>;

export interface OutputSpec {
  readonly shape: Shape;
  readonly type?: ElementType;
}

/** An operation among others, its names known only at run time. */
export interface OperationDefinition {
  readonly kind: string;
  /** Names of the attributes, in the order in which executors receive them. */
  readonly attributes: readonly string[];
  /** Names of the operands, in the order in which programs list them; see `operands.ts`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Inputs that are u8; all others are f32. */
  readonly byteInputs?: readonly string[];
  /** Checks the shapes of the inputs and gives those of the outputs. @throws ShapeError */
  infer(inputs: Named<Shape>, attributes: Attributes): Named<OutputSpec>;
  forward(inputs: Named<Operand>, outputs: Named<Operand>, attributes: Attributes): void;
  readonly gradient?: GradientDefinition;
}

export interface GradientDefinition {
  /** Forward inputs and outputs whose values the gradient reads. */
  readonly reads: readonly string[];
  /** Forward outputs whose gradients the gradient reads; other outputs carry none. */
  readonly from: readonly string[];
  /** Forward inputs that have a gradient. */
  readonly to: readonly string[];
  /** Forward input whose gradient IS the gradient of the first output (an addend), so that it needs no copy. */
  readonly passesThrough?: string;
  /**
   * Adds the gradients of the inputs.
   * @param values what it reads, and the gradients of the outputs: `x`, `dy`
   * @param gradients of the inputs: `dx`, `dWeight`; undefined where nobody wants it
   */
  apply(values: Named<Operand>, gradients: Named<Operand>, attributes: Attributes): void;
}

/** An operation whose names are known to the compiler. */
interface NamedOperation<
  Kind extends string,
  Attribute extends string,
  In extends string,
  Out extends string,
  Reads extends string,
  From extends string,
  To extends string,
> {
  readonly kind: Kind;
  readonly attributes?: readonly Attribute[];
  readonly inputs: readonly In[];
  readonly outputs: readonly Out[];
  readonly byteInputs?: readonly NameOf<In>[];
  infer(inputs: ByName<In, Shape>, attributes: Readonly<Record<Attribute, number>>): ByName<Out, OutputSpec>;
  forward(
    inputs: ByName<In, Operand>,
    outputs: ByName<Out, Operand>,
    attributes: Readonly<Record<Attribute, number>>,
  ): void;
  readonly gradient?: {
    readonly reads: readonly Reads[];
    readonly from: readonly From[];
    readonly to: readonly To[];
    readonly passesThrough?: To;
    apply(
      values: ByName<In | Out, Operand, Reads> & GradientsByName<Out, Operand, From>,
      gradients: GradientsByName<In, Operand | undefined, To>,
      attributes: Readonly<Record<Attribute, number>>,
    ): void;
  };
}

/** Gives an operation's functions its operands by name: one that is not declared does not compile. */
export function defineOperation<
  const Kind extends string,
  const In extends string,
  const Out extends string,
  const Attribute extends string = never,
  const Reads extends NameOf<In | Out> = never,
  const From extends NameOf<Out> = never,
  const To extends NameOf<In> = never,
>(
  definition: NamedOperation<Kind, Attribute, In, Out, Reads, From, To>,
): NamedOperation<Kind, Attribute, In, Out, Reads, From, To> & { readonly attributes: readonly Attribute[] } {
  return { attributes: [], ...definition };
}

/** Shapes of the outputs, in order. @throws ShapeError naming the operation and the operand */
export function inferOutputs(
  definition: OperationDefinition,
  shapes: readonly (Shape | undefined)[],
  attributes: Attributes,
): readonly OutputSpec[] {
  const { kind, inputs, outputs } = definition;
  try {
    const named = byName(inputs, shapes);
    namesOf(inputs, shapes.length).forEach((name, position) => {
      const isMissing = shapes[position] === undefined && !inputs.includes(`${name}?`);
      requireShape(!isMissing, `operand '${name}' is missing`);
    });
    return inOrder(outputs, definition.infer(named, attributes)).filter((spec) => spec !== undefined);
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${kind}: ${error.message}`);
    throw error;
  }
}

/** Attributes must be given where the operation has any. */
export type AttributesOf<Definition extends OperationDefinition> = [Definition['attributes'][number]] extends [never]
  ? []
  : string extends Definition['attributes'][number]
    ? [Attributes?]
    : [Readonly<Record<Definition['attributes'][number], number>>];

/** @throws ShapeError naming the attribute that is not there */
export function requireAttributes(definition: OperationDefinition | UpdateDefinition, attributes: Attributes): void {
  for (const name of definition.attributes) {
    requireShape(
      Number.isFinite(attributes[name]),
      `${definition.kind}: attribute '${name}' is missing or no finite number`,
    );
  }
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

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function channelsOf(shape: Shape): number {
  return shape[shape.length - 1] ?? 1;
}

/** (H, W, C) of a shape that must have three axes. @throws ShapeError */
export function planeOf(shape: Shape): readonly [height: number, width: number, channels: number] {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    throw new ShapeError(`expected a shape (H, W, C), got (${shape.join(', ')})`);
  }
  return [height, width, channels];
}

/** @throws ShapeError with the message when the condition does not hold */
export function requireShape(condition: boolean, message: string): void {
  if (!condition) throw new ShapeError(message);
}

/** @param what names the operand in the message @throws ShapeError unless it has exactly the wanted shape */
export function requireExactShape(what: string, found: Shape, wanted: Shape): void {
  const same = found.length === wanted.length && found.every((extent, axis) => extent === wanted[axis]);
  requireShape(same, `${what} must be (${wanted.join(', ')}), got (${found.join(', ')})`);
}
