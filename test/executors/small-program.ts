/**
 * A program that fits on a screen, for tests of sessions rather than of kernels. Not a test.
 * Convention: y = gelu(a) + scale · b on side² pixels of 4 channels, inputs 'a', 'b', 'dy', output 'y', one parameter
 * 'scale', plain gradient descent.
 */
import { buildProgram } from '../../engine/network/build-program.ts';
import type { RunRequest } from '../../engine/program/executor.ts';
import { gelu } from '../../engine/program/operations/gelu.ts';
import { scaledSum } from '../../engine/program/operations/scaled-sum.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import type { Program } from '../../engine/program/program.ts';
import { sgd } from '../../engine/program/updates/sgd.ts';

export function smallProgram(side: number, batch: number): Program {
  const shape = [side, side, 4];
  const builder = new ProgramBuilder();
  const a = builder.apply1(gelu, { x: builder.input('a', shape) });
  const y = builder.apply1(scaledSum, { a, b: builder.input('b', shape), scale: builder.parameter('scale', [1]) });
  builder.output(y, 'y');
  builder.backward([[y, builder.input('dy', shape)]]);
  builder.update(sgd, { momentum: 0, weightDecay: 0 });
  return { ...builder.build(batch), recipe: { kind: 'small', side, batch } };
}

/** As a page builds programs, and this one too. */
export function buildAny(recipe: unknown): Program {
  const { kind, side, batch } = recipe as Readonly<Record<'kind' | 'side' | 'batch', unknown>>;
  return kind === 'small' ? smallProgram(Number(side), Number(batch)) : buildProgram(recipe);
}

/** A step over `count` samples with a = 100 (where gelu is the identity), b = `b`, dy = 1. */
export function smallRequest(side: number, count: number, b = 2): RunRequest {
  const filled = (value: number): Float32Array => new Float32Array(count * side * side * 4).fill(value);
  return {
    phase: 'step',
    count,
    inputs: { a: filled(100), b: filled(b), dy: filled(1) },
    scalars: { learningRate: 0.5, step: 1 },
  };
}
