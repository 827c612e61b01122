/**
 * All operations that there are, by their kind: what a program that comes from elsewhere may name. Not how one is built.
 * Convention: an operation that is not here cannot be sent; a test reads the folder.
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

export const operations: ReadonlyMap<string, OperationDefinition> = new Map(
  [
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
  ].map((definition) => [definition.kind, definition]),
);
