/**
 * Update rules with what PyTorch makes of the same parameters and gradients. Not a test.
 * Convention: `expected` is from torch 2.15 in float64: a parameter of these five values, `.grad` set to the three rows
 * one after the other, the group's `lr` set to the three rates, `clip_grad_norm_` before `step()` where it says so.
 */
import type { Session } from '../../engine/program/executor.ts';
import type { Attributes, UpdateDefinition } from '../../engine/program/operation.ts';
import { sum } from '../../engine/program/operations/sum.ts';
import { ProgramBuilder } from '../../engine/program/program-builder.ts';
import type { Program } from '../../engine/program/program.ts';
import { adam, adamw } from '../../engine/program/updates/adamw.ts';
import { clipGradients } from '../../engine/program/updates/clip-gradients.ts';
import { sgd } from '../../engine/program/updates/sgd.ts';

export interface UpdateCase {
  readonly name: string;
  readonly rules: readonly (readonly [UpdateDefinition, Attributes])[];
  readonly expected: readonly number[];
}

const startParameters = [0.5, -1.25, 2, 0, -0.75];
const gradients = [
  [0.1, -0.2, 0.3, 0, 5],
  [0.4, 0.1, -0.6, 1e-6, -2],
  [-0.3, 0.2, 0.1, 0.05, 0.5],
];
const learningRates = [1e-2, 5e-3, 2e-2];

const decayed = { beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1 };

export const updateCases: readonly UpdateCase[] = [
  {
    name: 'adamw with the recipe’s settings: AdamW(weight_decay=0.01)',
    rules: [[adamw, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }]],
    expected: [0.4818723544373732, -1.2436875608756333, 1.994845905696159, -0.01644457602241333, -0.7679651293595445],
  },
  {
    name: 'adamw: AdamW(betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)',
    rules: [[adamw, decayed]],
    expected: [
      0.48144249132084205, -1.2417863737044317, 1.9890741341247191, -0.015458885885794206, -0.7644578423658321,
    ],
  },
  {
    name: 'adam: Adam(betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)',
    rules: [[adam, decayed]],
    expected: [0.47994828747974183, -1.2299838556858864, 1.983970346740934, -0.015462122372995785, -0.7665654491923021],
  },
  {
    name: 'sgd: SGD(momentum=0.9, weight_decay=0.1)',
    rules: [[sgd, { momentum: 0.9, weightDecay: 0.1 }]],
    expected: [0.49005729849999996, -1.24096464675, 1.9878719950000001, -0.00100002299, -0.8617371992499999],
  },
  {
    name: 'sgd without momentum and decay: SGD()',
    rules: [[sgd, { momentum: 0, weightDecay: 0 }]],
    expected: [0.503, -1.2525, 1.998, -0.001000005, -0.8],
  },
  {
    name: 'clip-gradients before sgd: clip_grad_norm_(1.5), SGD()',
    rules: [
      [clipGradients, { maxNorm: 1.5 }],
      [sgd, { momentum: 0, weightDecay: 0 }],
    ],
    expected: [0.5042913142530963, -1.2537540536698377, 1.999216793086579, -0.0010000035238057375, -0.7679105611227539],
  },
  {
    name: 'clip-gradients before adamw: clip_grad_norm_(1.5), AdamW(betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1)',
    rules: [
      [clipGradients, { maxNorm: 1.5 }],
      [adamw, decayed],
    ],
    expected: [0.4859778055833072, -1.2503989825898787, 1.991966694234555, -0.01514185778046462, -0.7591850009507978],
  },
];

/** y = p + x with p (5): the seed of y is the gradient of p. */
export function updateProgram({ rules }: UpdateCase): Program {
  const builder = new ProgramBuilder();
  const shape = [startParameters.length];
  const parameter = builder.parameter('p', shape);
  const y = builder.apply1(sum, { a: parameter, b: builder.input('x', shape) });
  builder.backward([[y, builder.input('dy', shape)]]);
  for (const [definition, attributes] of rules) builder.update(definition, attributes);
  return builder.build(1);
}

/** Takes the three steps from the start. */
export async function takeSteps(session: Session): Promise<readonly number[]> {
  await session.write('parameters', Float64Array.from(startParameters));
  const x = new Float32Array(startParameters.length);
  for (const [i, gradient] of gradients.entries()) {
    const scalars = { learningRate: learningRates[i] ?? NaN, step: i + 1 };
    await session.run({ phase: 'step', count: 1, inputs: { x, dy: Float64Array.from(gradient) }, scalars });
  }
  return [...(await session.read('parameters'))];
}
