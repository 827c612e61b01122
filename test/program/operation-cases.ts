/**
 * Cases of every operation, by the sizes that matter for it. Not a test: gradients and executors are tested with them.
 * Convention: one function per operation, named after it; sizes are (H, W), then channels.
 */
import type { OperationDefinition } from '../../engine/program/operation.ts';
import { attendedMean } from '../../engine/program/operations/attended-mean.ts';
import { attendedSkip } from '../../engine/program/operations/attended-skip.ts';
import { bceDice } from '../../engine/program/operations/bce-dice.ts';
import { causalConv1dSilu } from '../../engine/program/operations/causal-conv1d-silu.ts';
import { channelAttention } from '../../engine/program/operations/channel-attention.ts';
import { channelMeanMax } from '../../engine/program/operations/channel-mean-max.ts';
import { classProbabilities } from '../../engine/program/operations/class-probabilities.ts';
import { conv3x3 } from '../../engine/program/operations/conv3x3.ts';
import { gelu } from '../../engine/program/operations/gelu.ts';
import { groupnormGelu } from '../../engine/program/operations/groupnorm-gelu.ts';
import { groupnormMaxpoolGelu } from '../../engine/program/operations/groupnorm-maxpool-gelu.ts';
import { groupnormUpsampleGelu } from '../../engine/program/operations/groupnorm-upsample-gelu.ts';
import { layernorm } from '../../engine/program/operations/layernorm.ts';
import { linear } from '../../engine/program/operations/linear.ts';
import { sampleImage } from '../../engine/program/operations/sample-image.ts';
import { sampleLabels } from '../../engine/program/operations/sample-labels.ts';
import { scaledSum } from '../../engine/program/operations/scaled-sum.ts';
import { selectiveScan } from '../../engine/program/operations/selective-scan.ts';
import { softmaxDice } from '../../engine/program/operations/softmax-dice.ts';
import { spatialAttention } from '../../engine/program/operations/spatial-attention.ts';
import { sum } from '../../engine/program/operations/sum.ts';
import { upsample } from '../../engine/program/operations/upsample.ts';
import type { Random } from '../../engine/random.ts';
import { bytes, constant, data, normalValues, parameter, uniformValues } from './operation-case.ts';
import type { CaseOperand, OperationCase } from './operation-case.ts';

type Plane = readonly [height: number, width: number];

function caseOf(
  definition: OperationDefinition,
  name: string,
  operands: readonly (CaseOperand | undefined)[],
  attributes: OperationCase['attributes'] = {},
): OperationCase {
  return { definition, name, operands, attributes };
}

const size = ([height, width]: Plane): string => `${String(height)}×${String(width)}`;

export function conv3x3Case(plane: Plane, inputs: number, outputs: number): OperationCase {
  return caseOf(conv3x3, `${size(plane)}, ${String(inputs)} to ${String(outputs)} channels`, [
    data([...plane, inputs]),
    parameter([outputs, inputs, 3, 3]),
    parameter([outputs]),
  ]);
}

export function linearCase(
  plane: Plane,
  inputs: number,
  outputs: number,
  { rows = 1, parts = 1, bias = true, kernelAxes = false } = {},
): OperationCase {
  const name = `${size(plane)}, ${String(rows)} rows of ${String(inputs)} to ${String(outputs)} in ${String(parts)} parts`;
  return caseOf(
    linear,
    `${name}${bias ? '' : ', no bias'}${kernelAxes ? ', weight of a 1×1 convolution' : ''}`,
    [
      data([...plane, rows * inputs]),
      parameter([outputs, inputs, ...(kernelAxes ? [1, 1] : [])]),
      bias ? parameter([outputs]) : undefined,
    ],
    { parts },
  );
}

/** Scales of both signs, the first negative: a maximum must be taken after the scale. */
function normWeight(channels: number): CaseOperand {
  const values = normalValues([channels]);
  return parameter([channels], (random) => values(random).map((value, c) => (c === 0 ? -Math.abs(value) : value)));
}

const normed = (channels: number): readonly CaseOperand[] => [normWeight(channels), parameter([channels])];

export function layernormCase(plane: Plane, channels: number): OperationCase {
  const operands = [data([...plane, channels]), ...normed(channels)];
  return caseOf(layernorm, `${size(plane)}, ${String(channels)} channels`, operands);
}

/** Far from 0 and with small spread, as the first convolution's result: where a one-pass variance fails. */
function offsetValues(shape: readonly number[]): (random: Random) => readonly number[] {
  const values = normalValues(shape);
  return (random) => values(random).map((value) => 30 + value);
}

function groupnormCase(
  definition: OperationDefinition,
  plane: Plane,
  channels: number,
  skip: CaseOperand | undefined,
  offset: boolean,
): OperationCase {
  const shape = [...plane, channels];
  const notes = `${skip === undefined ? '' : ', with skip'}${offset ? ', far from 0' : ''}`;
  return caseOf(definition, `${size(plane)}, ${String(channels)} channels${notes}`, [
    data(shape, offset ? offsetValues(shape) : normalValues(shape)),
    ...normed(channels),
    ...(skip === undefined ? [] : [skip]),
  ]);
}

export function groupnormMaxpoolGeluCase(plane: Plane, channels: number, { offset = false } = {}): OperationCase {
  return groupnormCase(groupnormMaxpoolGelu, plane, channels, undefined, offset);
}

export function groupnormGeluCase(
  plane: Plane,
  channels: number,
  { skip = false, offset = false } = {},
): OperationCase {
  const addend = skip ? data([...plane, channels]) : undefined;
  return groupnormCase(groupnormGelu, plane, channels, addend, offset);
}

export function groupnormUpsampleGeluCase(
  plane: Plane,
  channels: number,
  { skip = false, offset = false } = {},
): OperationCase {
  const addend = skip ? data([2 * plane[0], 2 * plane[1], channels]) : undefined;
  return groupnormCase(groupnormUpsampleGelu, plane, channels, addend, offset);
}

export function geluCase(plane: Plane, channels: number): OperationCase {
  const shape = [...plane, channels];
  const operand = data(shape, uniformValues(shape, -6, 6));
  return caseOf(gelu, `${size(plane)}, ${String(channels)} channels`, [operand]);
}

export function upsampleCase(plane: Plane, channels: number): OperationCase {
  return caseOf(upsample, `${size(plane)}, ${String(channels)} channels`, [data([...plane, channels])]);
}

export function sumCase(plane: Plane, channels: number): OperationCase {
  const shape = [...plane, channels];
  return caseOf(sum, `${size(plane)}, ${String(channels)} channels`, [data(shape), data(shape)]);
}

export function scaledSumCase(plane: Plane, channels: number): OperationCase {
  const shape = [...plane, channels];
  return caseOf(scaledSum, `${size(plane)}, ${String(channels)} channels`, [data(shape), data(shape), parameter([1])]);
}

export function causalConv1dSiluCase(plane: Plane, sequences: number, channels: number): OperationCase {
  return caseOf(causalConv1dSilu, `${size(plane)}, ${String(sequences)} sequences of ${String(channels)} channels`, [
    data([...plane, sequences * channels]),
    parameter([channels, 1, 4]),
    parameter([channels]),
  ]);
}

export function selectiveScanCase(
  plane: Plane,
  sequences: number,
  channels: number,
  { rank = 1, states = 16 } = {},
): OperationCase {
  const shape = [...plane, sequences * channels];
  const name = `${size(plane)}, ${String(sequences)} sequences of ${String(channels)} channels`;
  return caseOf(selectiveScan, `${name}, ${String(states)} states, rank ${String(rank)}`, [
    data(shape),
    data(shape),
    data([...plane, sequences * (rank + 2 * states)]),
    parameter([channels, rank]),
    parameter([channels]),
    // As ln(1..N) and around it: decays from nearly 1 to nearly 0.
    parameter([channels, states], uniformValues([channels, states], -2, 2)),
    parameter([channels]),
  ]);
}

export function channelMeanMaxCase(plane: Plane, channels: number): OperationCase {
  return caseOf(channelMeanMax, `${size(plane)}, ${String(channels)} channels`, [data([...plane, channels])]);
}

export function spatialAttentionCase(plane: Plane): OperationCase {
  const weight = parameter([1, 2, 7, 7], uniformValues([1, 2, 7, 7], -0.5, 0.5));
  return caseOf(spatialAttention, size(plane), [data([...plane, 2]), weight, parameter([1])]);
}

export function attendedMeanCase(plane: Plane, channels: number): OperationCase {
  const operands = [data([...plane, channels]), data([...plane, 1])];
  return caseOf(attendedMean, `${size(plane)}, ${String(channels)} channels`, operands);
}

export function attendedSkipCase(plane: Plane, channels: number): OperationCase {
  const operands = [data([...plane, channels]), data([...plane, 1]), data([channels])];
  return caseOf(attendedSkip, `${size(plane)}, ${String(channels)} channels`, operands);
}

export function channelAttentionCase(widths: readonly number[], attention: 'fc' | 'conv'): OperationCase {
  const total = widths.reduce((a, b) => a + b, 0);
  const tail = attention === 'conv' ? [1] : [];
  return caseOf(channelAttention, `${widths.join(' + ')} channels, ${attention}`, [
    ...widths.map((width) => data([width])),
    parameter([1, 1, 3]),
    ...widths.flatMap((width) => {
      const shape = [width, total, ...tail];
      return [parameter(shape, uniformValues(shape, -0.3, 0.3)), parameter([width])];
    }),
  ]);
}

export type Labelled = 'all' | 'some' | 'none';

/** Soft targets that sum to at most 1 in every pixel, and whole pixels of -1 where unlabelled. */
function targetValues(plane: Plane, classes: number, labelled: Labelled): (random: Random) => readonly number[] {
  return (random) =>
    Array.from({ length: plane[0] * plane[1] }, () => {
      const open = labelled === 'none' || (labelled === 'some' && random.uniform() < 0.3);
      const shares = Array.from({ length: classes }, () => random.uniform());
      const total = shares.reduce((a, b) => a + b, random.uniform());
      return shares.map((share) => (open ? -1 : share / total));
    }).flat();
}

/** @param spread largest logit, either sign */
export function lossCase(
  kind: 'bce-dice' | 'softmax-dice',
  plane: Plane,
  classes: number,
  { labelled = 'all', spread = 3 }: { readonly labelled?: Labelled; readonly spread?: number } = {},
): OperationCase {
  const shape = [...plane, classes];
  const name = `${size(plane)}, ${String(classes)} classes, ${labelled} of it labelled, logits up to ${String(spread)}`;
  return caseOf(kind === 'bce-dice' ? bceDice : softmaxDice, name, [
    data(shape, uniformValues(shape, -spread, spread)),
    constant(shape, targetValues(plane, classes, labelled)),
  ]);
}

export function classProbabilitiesCase(plane: Plane, classes: number, softmax: 0 | 1, spread = 5): OperationCase {
  const shape = [...plane, classes];
  const name = `${size(plane)}, ${String(classes)} classes, ${softmax === 1 ? 'softmax' : 'sigmoids'}`;
  return caseOf(
    classProbabilities,
    `${name}, logits up to ${String(spread)}`,
    [constant(shape, uniformValues(shape, -spread, spread))],
    { softmax },
  );
}

/** Rows of an affine map from output to source pixels. */
const placements: Readonly<Record<string, (plane: Plane) => readonly number[]>> = {
  'as it is': () => [1, 0, 0, 0, 1, 0],
  mirrored: ([, width]) => [-1, 0, width - 1, 0, 1, 0],
  'turned by 90°': ([, width]) => [0, -1, width - 1, 1, 0, 0],
  'turned by 37°': ([height, width]) => {
    const [cosine, sine] = [Math.cos((37 / 180) * Math.PI), Math.sin((37 / 180) * Math.PI)];
    const [x, y] = [(width - 1) / 2, (height - 1) / 2];
    return [cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y];
  },
};

/** @param constant give a range of no extent, as a picture of one color has */
export function sampleImageCase(plane: Plane, channels: number, move: string, ofOneColor = false): OperationCase {
  const affine = placements[move]?.(plane) ?? [];
  const range = ofOneColor ? [17, 17] : [12, 231];
  const name = `${size(plane)}, ${String(channels)} channels, ${move}${ofOneColor ? ', of one color' : ''}`;
  return caseOf(sampleImage, name, [bytes([...plane, channels]), constant([8], () => [...affine, ...range])]);
}

export function sampleLabelsCase(plane: Plane, classes: number, move: string): OperationCase {
  const affine = placements[move]?.(plane) ?? [];
  return caseOf(sampleLabels, `${size(plane)}, ${String(classes)} classes, ${move}`, [
    bytes([...plane, classes]),
    constant([8], () => [...affine, 0, 255]),
  ]);
}
