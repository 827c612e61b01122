/**
 * Cases of every operation, by the sizes that matter for it. Not a test: gradients and executors are tested with them.
 * Convention: one function per operation, named after it; sizes are (H, W), then channels.
 */
import type { OperationDefinition } from '../../engine/program/operation.ts';
import { inOrder } from '../../engine/program/operands.ts';
import type { ByName } from '../../engine/program/operands.ts';
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

function caseOf<Definition extends OperationDefinition>(
  definition: Definition,
  name: string,
  operands: ByName<Definition['inputs'][number], CaseOperand>,
  attributes: OperationCase['attributes'] = {},
): OperationCase {
  return { definition, name, operands: inOrder<CaseOperand>(definition.inputs, operands), attributes };
}

const size = ([height, width]: Plane): string => `${String(height)}×${String(width)}`;

export function conv3x3Case(plane: Plane, inputs: number, outputs: number): OperationCase {
  return caseOf(conv3x3, `${size(plane)}, ${String(inputs)} to ${String(outputs)} channels`, {
    x: data([...plane, inputs]),
    weight: parameter([outputs, inputs, 3, 3]),
    bias: parameter([outputs]),
  });
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
    {
      x: data([...plane, rows * inputs]),
      weight: parameter([outputs, inputs, ...(kernelAxes ? [1, 1] : [])]),
      bias: bias ? parameter([outputs]) : undefined,
    },
    { parts },
  );
}

/** Scales of both signs, the first negative: a maximum must be taken after the scale. */
function normWeight(channels: number): CaseOperand {
  const values = normalValues([channels]);
  return parameter([channels], (random) => values(random).map((value, c) => (c === 0 ? -Math.abs(value) : value)));
}

const normed = (channels: number): { readonly weight: CaseOperand; readonly bias: CaseOperand } => ({
  weight: normWeight(channels),
  bias: parameter([channels]),
});

export function layernormCase(plane: Plane, channels: number): OperationCase {
  const operands = { x: data([...plane, channels]), ...normed(channels) };
  return caseOf(layernorm, `${size(plane)}, ${String(channels)} channels`, operands);
}

/** Far from 0 and with small spread, as the first convolution's result: where a one-pass variance fails. */
function offsetValues(shape: readonly number[]): (random: Random) => readonly number[] {
  const values = normalValues(shape);
  return (random) => values(random).map((value) => 30 + value);
}

interface NormOptions {
  readonly skip?: boolean;
  readonly offset?: boolean;
}

function groupnormCase(
  definition: typeof groupnormMaxpoolGelu | typeof groupnormGelu | typeof groupnormUpsampleGelu,
  plane: Plane,
  channels: number,
  { skip = false, offset = false }: NormOptions,
): OperationCase {
  const shape = [...plane, channels];
  const notes = `${skip ? ', with skip' : ''}${offset ? ', far from 0' : ''}`;
  const scale = definition === groupnormUpsampleGelu ? 2 : 1;
  return caseOf(definition, `${size(plane)}, ${String(channels)} channels${notes}`, {
    x: data(shape, offset ? offsetValues(shape) : normalValues(shape)),
    ...normed(channels),
    ...(skip && { skip: data([scale * plane[0], scale * plane[1], channels]) }),
  });
}

export function groupnormMaxpoolGeluCase(plane: Plane, channels: number, options: NormOptions = {}): OperationCase {
  return groupnormCase(groupnormMaxpoolGelu, plane, channels, options);
}

export function groupnormGeluCase(plane: Plane, channels: number, options: NormOptions = {}): OperationCase {
  return groupnormCase(groupnormGelu, plane, channels, options);
}

export function groupnormUpsampleGeluCase(plane: Plane, channels: number, options: NormOptions = {}): OperationCase {
  return groupnormCase(groupnormUpsampleGelu, plane, channels, options);
}

export function geluCase(plane: Plane, channels: number): OperationCase {
  const shape = [...plane, channels];
  const operand = data(shape, uniformValues(shape, -6, 6));
  return caseOf(gelu, `${size(plane)}, ${String(channels)} channels`, { x: operand });
}

export function upsampleCase(plane: Plane, channels: number): OperationCase {
  return caseOf(upsample, `${size(plane)}, ${String(channels)} channels`, { x: data([...plane, channels]) });
}

export function sumCase(plane: Plane, channels: number): OperationCase {
  const shape = [...plane, channels];
  return caseOf(sum, `${size(plane)}, ${String(channels)} channels`, { a: data(shape), b: data(shape) });
}

export function scaledSumCase(plane: Plane, channels: number): OperationCase {
  const shape = [...plane, channels];
  return caseOf(scaledSum, `${size(plane)}, ${String(channels)} channels`, {
    a: data(shape),
    b: data(shape),
    scale: parameter([1]),
  });
}

export function causalConv1dSiluCase(plane: Plane, sequences: number, channels: number): OperationCase {
  return caseOf(causalConv1dSilu, `${size(plane)}, ${String(sequences)} sequences of ${String(channels)} channels`, {
    x: data([...plane, sequences * channels]),
    weight: parameter([channels, 1, 4]),
    bias: parameter([channels]),
  });
}

export function selectiveScanCase(
  plane: Plane,
  sequences: number,
  channels: number,
  { rank = 1, states = 16 } = {},
): OperationCase {
  const shape = [...plane, sequences * channels];
  const name = `${size(plane)}, ${String(sequences)} sequences of ${String(channels)} channels`;
  return caseOf(selectiveScan, `${name}, ${String(states)} states, rank ${String(rank)}`, {
    x: data(shape),
    z: data(shape),
    projected: data([...plane, sequences * (rank + 2 * states)]),
    dtWeight: parameter([channels, rank]),
    dtBias: parameter([channels]),
    // As ln(1..N) and around it: decays from nearly 1 to nearly 0.
    aLog: parameter([channels, states], uniformValues([channels, states], -2, 2)),
    D: parameter([channels]),
  });
}

export function channelMeanMaxCase(plane: Plane, channels: number): OperationCase {
  return caseOf(channelMeanMax, `${size(plane)}, ${String(channels)} channels`, { x: data([...plane, channels]) });
}

export function spatialAttentionCase(plane: Plane): OperationCase {
  const weight = parameter([1, 2, 7, 7], uniformValues([1, 2, 7, 7], -0.5, 0.5));
  return caseOf(spatialAttention, size(plane), { x: data([...plane, 2]), weight, bias: parameter([1]) });
}

export function attendedMeanCase(plane: Plane, channels: number): OperationCase {
  const operands = { t: data([...plane, channels]), s: data([...plane, 1]) };
  return caseOf(attendedMean, `${size(plane)}, ${String(channels)} channels`, operands);
}

export function attendedSkipCase(plane: Plane, channels: number): OperationCase {
  const operands = { t: data([...plane, channels]), s: data([...plane, 1]), h: data([channels]) };
  return caseOf(attendedSkip, `${size(plane)}, ${String(channels)} channels`, operands);
}

export function channelAttentionCase(widths: readonly number[], attention: 'fc' | 'conv'): OperationCase {
  const total = widths.reduce((a, b) => a + b, 0);
  const tail = attention === 'conv' ? [1] : [];
  return caseOf(channelAttention, `${widths.join(' + ')} channels, ${attention}`, {
    means: widths.map((width) => data([width])),
    taps: parameter([1, 1, 3]),
    weights: widths.map((width) => {
      const shape = [width, total, ...tail];
      return parameter(shape, uniformValues(shape, -0.3, 0.3));
    }),
    biases: widths.map((width) => parameter([width])),
  });
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
  return caseOf(kind === 'bce-dice' ? bceDice : softmaxDice, name, {
    logits: data(shape, uniformValues(shape, -spread, spread)),
    target: constant(shape, targetValues(plane, classes, labelled)),
  });
}

export function classProbabilitiesCase(plane: Plane, classes: number, softmax: 0 | 1, spread = 5): OperationCase {
  const shape = [...plane, classes];
  const name = `${size(plane)}, ${String(classes)} classes, ${softmax === 1 ? 'softmax' : 'sigmoids'}`;
  return caseOf(
    classProbabilities,
    `${name}, logits up to ${String(spread)}`,
    { logits: constant(shape, uniformValues(shape, -spread, spread)) },
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
  return caseOf(sampleImage, name, {
    samples: bytes([...plane, channels]),
    placement: constant([8], () => [...affine, ...range]),
  });
}

export function sampleLabelsCase(plane: Plane, classes: number, move: string): OperationCase {
  const affine = placements[move]?.(plane) ?? [];
  return caseOf(sampleLabels, `${size(plane)}, ${String(classes)} classes, ${move}`, {
    labels: bytes([...plane, classes]),
    placement: constant([8], () => [...affine, 0, 255]),
  });
}
