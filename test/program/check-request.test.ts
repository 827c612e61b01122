import { describe, expect, it } from 'vitest';
import { checkBlock, checkRequest } from '../../engine/program/executor.ts';
import type { RunRequest } from '../../engine/program/executor.ts';
import { sampleImage } from '../../engine/program/operations/sample-image.ts';
import { scaledSum } from '../../engine/program/operations/scaled-sum.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import type { Program } from '../../engine/program/program.ts';
import { sgd } from '../../engine/program/updates/sgd.ts';

function makeProgram({ trained = true, updated = true } = {}): Program {
  const builder = new ProgramBuilder();
  const image = builder.apply1(sampleImage, {
    samples: builder.input('samples', [2, 3, 1], 'u8'),
    placement: builder.input('placement', [8]),
  });
  const y = builder.apply1(scaledSum, {
    a: image,
    b: builder.input('b', [2, 3, 1]),
    scale: builder.parameter('scale', [1]),
  });
  builder.output(y, 'y');
  if (trained) builder.backward([[y, builder.input('dy', [2, 3, 1])]]);
  if (updated) builder.update(sgd, { momentum: 0, weightDecay: 0 });
  return builder.build(3);
}

const program = makeProgram();

const good: RunRequest = {
  phase: 'step',
  count: 2,
  inputs: {
    samples: new Uint8Array(12),
    placement: new Float32Array(16),
    b: new Float64Array(12),
    dy: new Float32Array(12),
  },
  scalars: { learningRate: 0.1, step: 1 },
};

const refusal = (change: Partial<RunRequest>): (() => void) => {
  return () => checkRequest(program, { ...good, ...change });
};

describe('a request', () => {
  it('passes with every input of its type and size, in float32 or float64', () => {
    expect(refusal({})).not.toThrow();
    expect(refusal({ phase: 'gradient' })).not.toThrow();
    expect(refusal({ phase: 'forward' })).not.toThrow();
  });

  it.each([0, 4, 1.5, -1, NaN])('for %s samples of a program for three is refused', (count) => {
    expect(refusal({ count })).toThrow(`a run takes 1 to 3 samples, not ${String(count)}`);
  });

  it('without one of the inputs is refused by the name of the input', () => {
    const { b: _, ...inputs } = good.inputs;
    expect(refusal({ inputs })).toThrow("input 'b' needs 12 values for 2 samples, got 0");
  });

  it('with an input of another size is refused by both sizes', () => {
    const inputs = { ...good.inputs, b: new Float32Array(18) };
    expect(refusal({ inputs })).toThrow("input 'b' needs 12 values for 2 samples, got 18");
  });

  it('with floats for bytes or bytes for floats is refused', () => {
    expect(refusal({ inputs: { ...good.inputs, samples: new Float32Array(12) } })).toThrow("'samples' must be u8");
    expect(refusal({ inputs: { ...good.inputs, b: new Uint8Array(12) } })).toThrow("'b' must be f32");
  });

  it('for a step needs a rate and a number that the optimiser can work with', () => {
    expect(refusal({ scalars: { learningRate: NaN, step: 1 } })).toThrow('finite learning rate');
    expect(refusal({ scalars: { learningRate: 0.1, step: 0 } })).toThrow('a number from 1 on');
    const { scalars: _, ...without } = good;
    expect(() => checkRequest(program, without)).toThrow('a step needs an optimiser');
  });

  it('for a step of a program without optimiser is refused', () => {
    expect(() => checkRequest(makeProgram({ updated: false }), good)).toThrow('a step needs an optimiser');
  });

  it('for gradients of a program without any is refused', () => {
    const forwardOnly = makeProgram({ trained: false });
    expect(() => checkRequest(forwardOnly, { ...good, phase: 'gradient' })).toThrow("can only run 'forward'");
    expect(() => checkRequest(forwardOnly, { ...good, phase: 'step' })).toThrow("can only run 'forward'");
    expect(() => checkRequest(forwardOnly, { ...good, phase: 'forward' })).not.toThrow();
  });
});

describe('a run of samples that are kept', () => {
  const kept = { slots: [4, 0], brought: [1] };
  const inputs = { ...good.inputs, samples: new Uint8Array(6) };
  const check = (change: Partial<RunRequest>): (() => void) => {
    return () => checkRequest(program, { ...good, inputs, kept, ...change }, 5);
  };

  it('brings only the u8 inputs of those that come along', () => {
    expect(check({})).not.toThrow();
    expect(
      check({ kept: { slots: [4, 0], brought: [] }, inputs: { ...inputs, samples: new Uint8Array() } }),
    ).not.toThrow();
    expect(check({ inputs: good.inputs })).toThrow("'samples' needs 6 values for 1 samples, got 12");
  });

  it('needs a slot of its own for every sample, below the session’s number', () => {
    for (const slots of [[4], [4, 4], [5, 0], [-1, 0], [0.5, 0], [4, 0, 1]]) {
      expect(check({ kept: { slots, brought: [1] } })).toThrow('needs as many different slots below 5');
    }
  });

  it('names those that come along by position, rising', () => {
    for (const brought of [[2], [-1], [1, 0], [1, 1], [0.5]]) {
      const samples = new Uint8Array(6 * brought.length);
      expect(check({ kept: { slots: [4, 0], brought }, inputs: { ...inputs, samples } })).toThrow('by their positions');
    }
  });

  it('is refused where none are kept', () => {
    expect(() => checkRequest(program, { ...good, inputs, kept })).toThrow('different slots below 0');
  });
});

it('values for a block of another size are refused by both sizes', () => {
  expect(() => checkBlock(program, 'parameters', new Float32Array(1))).not.toThrow();
  expect(() => checkBlock(program, 'moment1', new Float32Array(2))).toThrow(
    "'moment1' of this program needs 1 values, got 2",
  );
});
