/**
 * All operations that there are: executors and tests must have every one of them, or they do not compile.
 * Convention: a test reads the folder, so that none is left out here.
 */
import type { OperationDefinition } from '../operation.ts';
import { attendedMean } from './attended-mean.ts';
import { attendedSkip } from './attended-skip.ts';
import { bceDice } from './bce-dice.ts';
import { causalConv1dSilu } from './causal-conv1d-silu.ts';
import { channelAttention } from './channel-attention.ts';
import { channelMeanMax } from './channel-mean-max.ts';
import { classProbabilities } from './class-probabilities.ts';
import { conv3x3 } from './conv3x3.ts';
import { gelu } from './gelu.ts';
import { groupnormGelu } from './groupnorm-gelu.ts';
import { groupnormMaxpoolGelu } from './groupnorm-maxpool-gelu.ts';
import { groupnormUpsampleGelu } from './groupnorm-upsample-gelu.ts';
import { layernorm } from './layernorm.ts';
import { linear } from './linear.ts';
import { sampleImage } from './sample-image.ts';
import { sampleLabels } from './sample-labels.ts';
import { scaledSum } from './scaled-sum.ts';
import { selectiveScan } from './selective-scan.ts';
import { softmaxDice } from './softmax-dice.ts';
import { spatialAttention } from './spatial-attention.ts';
import { sum } from './sum.ts';
import { upsample } from './upsample.ts';

const definitions = [
  attendedMean,
  attendedSkip,
  bceDice,
  causalConv1dSilu,
  channelAttention,
  channelMeanMax,
  classProbabilities,
  conv3x3,
  gelu,
  groupnormGelu,
  groupnormMaxpoolGelu,
  groupnormUpsampleGelu,
  layernorm,
  linear,
  sampleImage,
  sampleLabels,
  scaledSum,
  selectiveScan,
  softmaxDice,
  spatialAttention,
  sum,
  upsample,
] as const;

/** By its kind, with the names of its operands. */
export type OperationOf<Kind extends OperationKind> = Extract<(typeof definitions)[number], { readonly kind: Kind }>;
export type OperationKind = (typeof definitions)[number]['kind'];

export const operations: ReadonlyMap<string, OperationDefinition> = new Map<string, OperationDefinition>(
  definitions.map((definition) => [definition.kind, definition]),
);
