import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../engine/executors/reference/reference-executor.ts';
import type { OperationDefinition } from '../../engine/program/operation.ts';
import { ShapeError } from '../../engine/program/operands.ts';
import { bceDice } from '../../engine/program/operations/bce-dice.ts';
import { classProbabilities } from '../../engine/program/operations/class-probabilities.ts';
import { conv3x3 } from '../../engine/program/operations/conv3x3.ts';
import { gelu } from '../../engine/program/operations/gelu.ts';
import { groupnormGelu } from '../../engine/program/operations/groupnorm-gelu.ts';
import { linear } from '../../engine/program/operations/linear.ts';
import { sampleImage } from '../../engine/program/operations/sample-image.ts';
import { scaledSum } from '../../engine/program/operations/scaled-sum.ts';
import { sum } from '../../engine/program/operations/sum.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import type { Handle } from '../../engine/program/program-builder.ts';
import { adamw } from '../../engine/program/updates/adamw.ts';

const shape = [1, 2, 3];
/** As an operation comes whose attributes the compiler does not know. */
const untyped: OperationDefinition = linear;
const values = [1, -2, 3, 0.5, 0, -1];

/** Runs the gradient phase for one sample, on an arena full of NaN. */
async function gradientsOf(
  builder: ProgramBuilder,
  inputs: Readonly<Record<string, readonly number[]>>,
  parameters: readonly number[] = [],
): Promise<{ readonly outputs: Readonly<Record<string, readonly number[]>>; readonly block: readonly number[] }> {
  const session = await referenceExecutor.open(builder.build(1), { poison: true });
  await session.write('parameters', Float64Array.from(parameters));
  const typed = Object.entries(inputs).map(([name, list]) => [name, Float64Array.from(list)]);
  const request = {
    phase: 'gradient',
    count: 1,
    inputs: Object.fromEntries(typed) as Record<string, Float64Array>,
  } as const;
  const found = await session.run(request);
  return {
    outputs: Object.fromEntries(Object.entries(found).map(([name, list]) => [name, [...list]])),
    block: [...(await session.read('gradients'))],
  };
}

describe('gradients', () => {
  it('of a tensor with three consumers are the sum of what the three give back', async () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', shape, 'f32', true);
    const scale = builder.parameter('scale', [1]);
    const b = builder.input('b', shape);
    const first = builder.apply1(scaledSum, { a: b, b: x, scale });
    const second = builder.apply1(scaledSum, { a: first, b: x, scale });
    const third = builder.apply1(scaledSum, { a: second, b: x, scale });
    builder.backward([[third, builder.input('dy', shape)]]);
    const { outputs, block } = await gradientsOf(builder, { x: values, b: values, dy: [1, 1, 1, 1, 1, 2] }, [5]);
    expect(outputs['gradient.x']).toEqual([15, 15, 15, 15, 15, 30]);
    // Σ dy · x, from each of the three.
    expect(block).toEqual([3 * (1 - 2 + 3 + 0.5 + 0 - 2)]);
  });

  it('of an addend are borrowed, without an operation that copies them', () => {
    const builder = new ProgramBuilder();
    const x = builder.apply1(gelu, { x: builder.input('x', shape, 'f32', true) });
    const y = builder.apply1(scaledSum, { a: x, b: builder.input('b', shape), scale: builder.parameter('scale', [1]) });
    const dy = builder.input('dy', shape);
    builder.backward([[y, dy]]);
    const geluGradient = builder.build(1).backward.find(({ definition }) => definition === gelu);
    // Inputs of a gradient: forward inputs, forward outputs, gradients of the outputs.
    expect(geluGradient?.inputs[2]).toBe(dy.id);
  });

  it('that are borrowed stay as they are when more is added to the borrower', async () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', shape, 'f32', true);
    const one = builder.input('one', [1]);
    const a = builder.apply1(scaledSum, { a: x, b: x, scale: one });
    // The gradient of `sumOfAll` is lent to `middle` and on to `a`, which gets more from `other`.
    const middle = builder.apply1(scaledSum, { a, b: builder.input('b', shape), scale: one });
    const other = builder.apply1(scaledSum, { a: builder.input('c', shape, 'f32', true), b: a, scale: one });
    const sumOfAll = builder.apply1(scaledSum, { a: middle, b: other, scale: one });
    builder.backward([[sumOfAll, builder.input('dy', shape)]]);
    const dy = [1, 2, 3, 4, 5, 6];
    const { outputs } = await gradientsOf(builder, { x: values, b: values, c: values, one: [1], dy });
    expect(outputs['gradient.x']).toEqual(dy.map((value) => 4 * value));
    expect(outputs['gradient.c']).toEqual(dy);
  });

  it('of an operation that takes one tensor twice are added, also to a borrowed one', async () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', shape, 'f32', true);
    const one = builder.input('one', [1]);
    const a = builder.apply1(scaledSum, { a: x, b: x, scale: one });
    const doubled = builder.apply1(sum, { a, b: a });
    const y = builder.apply1(scaledSum, { a, b: doubled, scale: one });
    builder.backward([[y, builder.input('dy', shape)]]);
    const { outputs } = await gradientsOf(builder, { x: values, one: [1], dy: [1, 2, 3, 4, 5, 6] });
    expect(outputs['gradient.x']).toEqual([6, 12, 18, 24, 30, 36]);
  });

  it('that pass through to a parameter or an input arrive there', async () => {
    const builder = new ProgramBuilder();
    const one = builder.input('one', [1]);
    const bias = builder.parameter('bias', shape);
    const x = builder.input('x', shape, 'f32', true);
    const first = builder.apply1(scaledSum, { a: bias, b: builder.input('b', shape), scale: one });
    const second = builder.apply1(scaledSum, { a: x, b: first, scale: one });
    const third = builder.apply1(scaledSum, { a: bias, b: second, scale: one });
    builder.backward([[third, builder.input('dy', shape)]]);
    const dy = [1, 2, 3, 4, 5, 6];
    const { outputs, block } = await gradientsOf(builder, { x: values, b: values, one: [1], dy }, values);
    expect(outputs['gradient.x']).toEqual(dy);
    expect(block).toEqual(dy.map((value) => 2 * value));
  });

  it('start from every seed, also where one seeded tensor leads to another', async () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', shape, 'f32', true);
    const one = builder.input('one', [1]);
    const y1 = builder.apply1(scaledSum, { a: x, b: x, scale: one });
    const y2 = builder.apply1(scaledSum, { a: y1, b: y1, scale: one });
    builder.backward([
      [y1, builder.input('d1', shape)],
      [y2, builder.input('d2', shape)],
    ]);
    const { outputs } = await gradientsOf(builder, {
      x: values,
      one: [1],
      d1: [1, 0, 0, 0, 0, 0],
      d2: [0, 1, 1, 1, 1, 1],
    });
    expect(outputs['gradient.x']).toEqual([2, 4, 4, 4, 4, 4]);
  });

  it('are summed over the samples for parameters, and kept apart for inputs', async () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [2], 'f32', true);
    const y = builder.apply1(linear, { x, weight: builder.parameter('w', [1, 2]) }, { parts: 1 });
    builder.backward([[y, builder.input('dy', [1])]]);
    const session = await referenceExecutor.open(builder.build(3));
    await session.write('parameters', Float32Array.of(10, 20));
    const inputs = { x: Float32Array.of(1, 2, 3, 4, 5, 6), dy: Float32Array.of(1, 2, 3) };
    const outputs = await session.run({ phase: 'gradient', count: 3, inputs });
    expect([...(outputs['gradient.x'] ?? [])]).toEqual([10, 20, 20, 40, 30, 60]);
    expect([...(await session.read('gradients'))]).toEqual([1 + 2 * 3 + 3 * 5, 2 + 2 * 4 + 3 * 6]);
  });
});

describe('a training step', () => {
  it('leaves out the operations that the loss does not depend on, and their outputs', async () => {
    const builder = new ProgramBuilder();
    const logits = builder.apply1(scaledSum, {
      a: builder.input('x', shape),
      b: builder.input('b', shape),
      scale: builder.parameter('scale', [1]),
    });
    builder.output(builder.apply1(classProbabilities, { logits }, { softmax: 0 }), 'probabilities');
    const loss = builder.apply1(bceDice, { logits, target: builder.input('target', shape) });
    builder.output(loss, 'loss');
    builder.backward([[loss, builder.input('seed', [1])]]);
    const program = builder.build(1);
    expect(program.forward.map(({ definition, feedsLoss }) => [definition.kind, feedsLoss])).toEqual([
      ['scaled-sum', true],
      ['class-probabilities', false],
      ['bce-dice', true],
    ]);
    const session = await referenceExecutor.open(program, { poison: true });
    const zeros = new Float32Array(6);
    const inputs = { x: zeros, b: zeros, target: zeros, seed: Float32Array.of(1) };
    expect(Object.keys(await session.run({ phase: 'gradient', count: 1, inputs }))).toEqual(['loss']);
    expect(Object.keys(await session.run({ phase: 'forward', count: 1, inputs }))).toEqual(['probabilities', 'loss']);
  });

  it('computes no gradient of what nobody trains', () => {
    const builder = new ProgramBuilder();
    const features = builder.apply1(gelu, { x: builder.input('x', shape) });
    const y = builder.apply1(scaledSum, {
      a: features,
      b: builder.input('b', shape),
      scale: builder.parameter('scale', [1]),
    });
    builder.backward([[y, builder.input('dy', shape)]]);
    expect(builder.build(1).backward.map(({ definition }) => definition.kind)).toEqual(['scaled-sum']);
  });

  it('gives a parameter that the loss does not depend on a gradient of zero', async () => {
    const builder = new ProgramBuilder();
    const unused = builder.parameter('unused', [2]);
    builder.apply1(gelu, { x: unused });
    const y = builder.apply1(gelu, { x: builder.parameter('used', [1]) });
    builder.backward([[y, builder.input('dy', [1])]]);
    const { block } = await gradientsOf(builder, { dy: [1] }, [1, 1, 0]);
    expect(block).toEqual([0, 0, 0.5]);
  });
});

describe('parameters', () => {
  it('lie in their block in the order of their declaration', () => {
    const builder = new ProgramBuilder();
    builder.parameter('a', [2, 3]);
    builder.parameter('b', [4]);
    expect(builder.build(1).parameters).toEqual([
      { name: 'a', shape: [2, 3], offset: 0, size: 6 },
      { name: 'b', shape: [4], offset: 6, size: 4 },
    ]);
  });
});

describe('what cannot be built is refused by name:', () => {
  const refused: readonly (readonly [string, RegExp, (builder: ProgramBuilder) => void])[] = [
    ['an extent of 0', /x: every extent must be a whole number above 0/, (b) => b.input('x', [3, 0])],
    ['a broken extent', /p: every extent must be a whole number/, (b) => b.parameter('p', [1.5])],
    ['an extent that is no number', /p: every extent/, (b) => b.parameter('p', [NaN])],
    [
      'an attribute that is missing',
      /linear: attribute 'parts' is missing/,
      (b) => b.apply(untyped, { x: b.input('x', [2]), weight: b.parameter('w', [1, 2]) }),
    ],
    [
      'an attribute that is no number',
      /class-probabilities: attribute 'softmax' is missing or no finite number/,
      (b) => b.apply(classProbabilities, { logits: b.input('x', shape) }, { softmax: NaN }),
    ],
    [
      'an optimiser setting that is missing',
      /adamw: attribute 'weightDecay' is missing/,
      (b) => b.update(adamw, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }),
    ],
    ['bytes where floats belong', /gelu: x must be f32/, (b) => b.apply(gelu, { x: b.input('x', shape, 'u8') })],
    [
      'floats where bytes belong',
      /sample-image: samples must be u8/,
      (b) => b.apply(sampleImage, { samples: b.input('x', shape), placement: b.input('placement', [8]) }),
    ],
    [
      'a seed of another shape',
      /the seed of 'gelu.0.0' must be \(1, 2, 3\), got \(6\)/,
      (b) => b.backward([[b.apply1(gelu, { x: b.input('x', shape) }), b.input('dy', [6])]]),
    ],
  ];
  it.each(refused)('%s', (_what, message, build) => {
    const attempt = (): void => build(new ProgramBuilder());
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(ShapeError);
  });

  const mistakes: readonly (readonly [string, RegExp, (builder: ProgramBuilder, y: Handle, dy: Handle) => void])[] = [
    [
      'two seeds for one tensor',
      /has two seeds/,
      (b, y, dy) =>
        b.backward([
          [y, dy],
          [y, dy],
        ]),
    ],
    [
      'a second backward pass',
      /one backward pass/,
      (b, y, dy) => {
        b.backward([[y, dy]]);
        b.backward([[y, dy]]);
      },
    ],
    [
      'one output under two names',
      /is an output already/,
      (b, y) => {
        b.output(y, 'a');
        b.output(y, 'b');
      },
    ],
    ['an input as an output', /is no computed tensor/, (b, _y, dy) => b.output(dy, 'a')],
    ['two inputs of one name', /two inputs with the name 'x'/, (b) => b.input('x', [1])],
    [
      'two parameters of one name',
      /two parameters with the name 'p'/,
      (b) => [b.parameter('p', [1]), b.parameter('p', [1])],
    ],
    [
      'two outputs of one name',
      /two outputs with the name 'a'/,
      (b, y) => {
        b.output(y, 'a');
        b.output(b.apply1(gelu, { x: y }), 'a');
      },
    ],
    ['a batch of no sample', /a batch holds 1 sample or more, not 0/, (b) => b.build(0)],
    [
      'parts of which only some lead to the loss',
      /linear: output 1 has no gradient though another output has/,
      (b, _y, dy) => {
        const { y } = b.apply(
          linear,
          { x: b.input('u', [1, 2, 2], 'f32', true), weight: b.parameter('w', [6, 2]) },
          { parts: 2 },
        );
        b.backward([[y[0]!, dy]]);
      },
    ],
  ];
  it.each(mistakes)('%s', (_what, message, build) => {
    const builder = new ProgramBuilder();
    const y = builder.apply1(gelu, { x: builder.input('x', shape) });
    const dy = builder.input('dy', shape);
    expect(() => build(builder, y, dy)).toThrow(message);
  });

  it('an operation whose operands do not fit, by the operation, the operand and both shapes', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [5, 5, 3]);
    const attempt = (): Handle =>
      builder.apply1(conv3x3, { x, weight: builder.parameter('w', [8, 4, 3, 3]), bias: builder.parameter('b', [8]) });
    expect(attempt).toThrow('conv3x3: weight must be (8, 3, 3, 3), got (8, 4, 3, 3)');
    expect(() => builder.apply(groupnormGelu, { x, weight: x, bias: x })).toThrow(
      'groupnorm-gelu: 3 channels do not divide into four groups',
    );
  });
});
