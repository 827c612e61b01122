/**
 * One operation with operands of certain shapes and values, and the small program around it that a test runs. Not a test.
 * Convention: values are float32 numbers, so that executors of any precision start from the same ones; every output that
 * carries a gradient is seeded with random numbers.
 */
import type { FloatArray, RunRequest } from '../../engine/program/executor.ts';
import { sizeOf } from '../../engine/program/operation.ts';
import type { Attributes, OperationDefinition, Shape } from '../../engine/program/operation.ts';
import { byName, inOrder, namesOf } from '../../engine/program/operands.ts';
import { gelu } from '../../engine/program/operations/gelu.ts';
import { scaledSum } from '../../engine/program/operations/scaled-sum.ts';
import { sum } from '../../engine/program/operations/sum.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import type { Handle } from '../../engine/program/program-builder.ts';
import type { Program } from '../../engine/program/program.ts';
import { Random } from '../../engine/random.ts';

export interface CaseOperand {
  /** `data` has a gradient, `constant` and `bytes` (u8) have none; all three differ from sample to sample. */
  readonly role: 'data' | 'constant' | 'bytes' | 'parameter';
  readonly shape: Shape;
  /** Its elements, row-major. */
  readonly values: (random: Random) => readonly number[];
}

export interface OperationCase {
  readonly definition: OperationDefinition;
  /** Sizes and what is special, for the test's name. */
  readonly name: string;
  /** In the order of the definition's inputs. */
  readonly operands: readonly (CaseOperand | undefined)[];
  readonly attributes: Attributes;
}

export interface CaseOptions {
  /** The most samples of one run. */
  readonly batch: number;
  /**
   * `once`: the operation reads the inputs themselves. `twice`: two of them read the same computed tensors, and
   * something reads what they compute, so that everything but bytes lies in the arena and gradients are added to others.
   */
  readonly use: 'once' | 'twice';
}

export interface CaseProgram {
  readonly program: Program;
  /** Values for the parameter block. */
  readonly parameters: Float32Array;
  /** A run over the first `count` samples of the case. */
  readonly request: (phase: RunRequest['phase'], count: number) => RunRequest;
}

/** Whether an output is compared: those that carry a gradient are; all of them where the operation has none. */
function isOfInterest({ gradient }: OperationDefinition, output: string | undefined): boolean {
  return gradient === undefined || gradient.from.includes(output ?? '');
}

function declare(builder: ProgramBuilder, operand: CaseOperand, position: number, use: CaseOptions['use']): Handle {
  const name = `x${String(position)}`;
  if (operand.role === 'parameter') return builder.parameter(name, operand.shape);
  const type = operand.role === 'bytes' ? 'u8' : 'f32';
  const input = builder.input(name, operand.shape, type, operand.role === 'data');
  if (use === 'once' || operand.role === 'bytes') return input;
  if (operand.role === 'data') return builder.apply1(gelu, { x: input });
  return builder.apply1(sum, { a: input, b: builder.input(`zero.${name}`, operand.shape) });
}

/** Outputs are named `y.` + use + `.` + position, seeds `dy.…`, gradients of data `gradient.x` + position. */
export function programOfCase(testCase: OperationCase, { batch, use }: CaseOptions): CaseProgram {
  const { definition, operands, attributes } = testCase;
  const builder = new ProgramBuilder();
  const handles = operands.map((operand, position) =>
    operand === undefined ? undefined : declare(builder, operand, position, use),
  );
  const scale = use === 'twice' ? builder.parameter('scale', [1]) : undefined;
  const seeds: [Handle, Handle][] = [];
  for (const repetition of use === 'twice' ? [0, 1] : [0]) {
    const named = builder.apply(definition, byName(definition.inputs, handles), attributes);
    const outputs = inOrder<Handle>(definition.outputs, named);
    const names = namesOf(definition.outputs, outputs.length);
    for (const [position, computed] of outputs.entries()) {
      if (computed === undefined || !isOfInterest(definition, names[position])) continue;
      const name = `y.${String(repetition)}.${String(position)}`;
      const addend = (): Handle => builder.input(`addend.${name}`, computed.shape);
      const output = scale === undefined ? computed : builder.apply1(scaledSum, { a: addend(), b: computed, scale });
      builder.output(output, name);
      if (definition.gradient !== undefined) seeds.push([output, builder.input(`d${name}`, output.shape)]);
    }
  }
  if (definition.gradient !== undefined) builder.backward(seeds);
  const program = builder.build(batch);
  const values = valuesOfCase(testCase, program, batch);
  return {
    program,
    parameters: Float32Array.from([...parametersOfCase(testCase), ...(scale === undefined ? [] : [1.5])]),
    request: (phase, count) => ({
      phase,
      count,
      inputs: Object.fromEntries(
        Object.entries(values).map(([name, all]) => [name, all.slice(0, (all.length / batch) * count)]),
      ),
    }),
  };
}

function parametersOfCase({ operands }: OperationCase): readonly number[] {
  const random = new Random(7);
  return operands.flatMap((operand) => (operand?.role === 'parameter' ? operand.values(random) : []));
}

function valuesOfCase(
  { operands }: OperationCase,
  program: Program,
  batch: number,
): Readonly<Record<string, FloatArray | Uint8Array>> {
  const random = new Random(11);
  const perInput = new Map(program.inputs.map((input) => [input.name, [] as number[]]));
  for (let sample = 0; sample < batch; sample++) {
    for (const input of program.inputs) {
      const position = /^x(\d+)$/.exec(input.name)?.[1];
      const operand = position === undefined ? undefined : operands[Number(position)];
      const other = input.name.startsWith('zero.') ? uniformValues(input.shape, 0, 0) : normalValues(input.shape);
      const values = (operand?.values ?? other)(random);
      perInput.get(input.name)?.push(...values);
    }
  }
  return Object.fromEntries(
    program.inputs.map(({ name, type }) => {
      const values = perInput.get(name) ?? [];
      return [name, type === 'u8' ? Uint8Array.from(values) : Float32Array.from(values)];
    }),
  );
}

/** Standard normal values. */
export function normalValues(shape: Shape): (random: Random) => readonly number[] {
  return (random) => Array.from({ length: sizeOf(shape) }, () => random.normal());
}

/** Uniform in low..high. */
export function uniformValues(shape: Shape, low: number, high: number): (random: Random) => readonly number[] {
  return (random) => Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random.uniform());
}

export function data(shape: Shape, values = normalValues(shape)): CaseOperand {
  return { role: 'data', shape, values };
}

export function constant(shape: Shape, values = normalValues(shape)): CaseOperand {
  return { role: 'constant', shape, values };
}

export function bytes(shape: Shape, values = integerValues(shape)): CaseOperand {
  return { role: 'bytes', shape, values };
}

/** Every byte value. */
function integerValues(shape: Shape): (random: Random) => readonly number[] {
  return (random) => Array.from({ length: sizeOf(shape) }, () => random.integer(256));
}

export function parameter(shape: Shape, values = normalValues(shape)): CaseOperand {
  return { role: 'parameter', shape, values };
}
