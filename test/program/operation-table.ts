/**
 * Cases of every operation: small ones for shapes and finite differences, and for the executors those by the sizes that
 * vector code gets wrong: single pixels, thin strips, channels that are no multiple of any vector's width, one more and
 * one less than a block. Not a test.
 * Convention: sizes only; what an operation computes with them stands in `operation-cases.ts`. An operation without cases
 * does not compile.
 */
import type { OperationKind } from '../../engine/program/operations/operations.ts';
import * as cases from './operation-cases.ts';
import type { OperationCase } from './operation-case.ts';

interface CasesOfOne {
  /** What is tested is the formula, at every border. */
  readonly small: readonly [OperationCase, ...OperationCase[]];
  readonly odd: readonly [OperationCase, ...OperationCase[]];
}

const table: Readonly<Record<OperationKind, CasesOfOne>> = {
  conv3x3: {
    small: [cases.conv3x3Case([3, 5], 3, 2), cases.conv3x3Case([1, 1], 1, 3), cases.conv3x3Case([1, 4], 2, 1)],
    odd: [
      cases.conv3x3Case([1, 1], 1, 1),
      cases.conv3x3Case([1, 17], 3, 8),
      cases.conv3x3Case([13, 1], 8, 3),
      cases.conv3x3Case([3, 5], 5, 7),
      cases.conv3x3Case([2, 2], 4, 24),
      cases.conv3x3Case([7, 9], 3, 16),
      cases.conv3x3Case([5, 13], 16, 17),
      cases.conv3x3Case([4, 31], 24, 16),
      cases.conv3x3Case([3, 15], 33, 40),
      cases.conv3x3Case([2, 3], 20, 100),
    ],
  },
  linear: {
    small: [
      cases.linearCase([3, 1], 5, 3),
      cases.linearCase([1, 3], 2, 6, { rows: 4, parts: 2, bias: false }),
      cases.linearCase([2, 2], 3, 6, { rows: 3, parts: 3 }),
      cases.linearCase([2, 3], 4, 3, { kernelAxes: true }),
    ],
    odd: [
      cases.linearCase([1, 1], 1, 1),
      cases.linearCase([3, 1], 5, 3),
      cases.linearCase([5, 7], 17, 33),
      cases.linearCase([1, 3], 2, 6, { rows: 4, parts: 2, bias: false }),
      cases.linearCase([3, 5], 6, 24, { rows: 4, parts: 2, bias: false }),
      cases.linearCase([3, 3], 3, 42, { rows: 3, parts: 3 }),
      cases.linearCase([9, 29], 8, 9),
      cases.linearCase([17, 16], 24, 34, { rows: 4, bias: false }),
      cases.linearCase([2, 3], 31, 113),
      cases.linearCase([2, 3], 8, 1, { kernelAxes: true }),
      cases.linearCase([3, 11], 7, 5, { kernelAxes: true }),
    ],
  },
  layernorm: {
    small: [cases.layernormCase([2, 3], 5), cases.layernormCase([1, 1], 2)],
    odd: [
      cases.layernormCase([1, 1], 2),
      cases.layernormCase([5, 7], 3),
      cases.layernormCase([3, 1], 17),
      cases.layernormCase([3, 7], 24),
      cases.layernormCase([1, 5], 100),
    ],
  },
  'groupnorm-maxpool-gelu': {
    small: [
      cases.groupnormMaxpoolGeluCase([2, 2], 4),
      cases.groupnormMaxpoolGeluCase([4, 6], 8),
      cases.groupnormMaxpoolGeluCase([2, 4], 12, { offset: true }),
    ],
    odd: [
      cases.groupnormMaxpoolGeluCase([2, 2], 4),
      cases.groupnormMaxpoolGeluCase([2, 34], 8),
      cases.groupnormMaxpoolGeluCase([26, 2], 12, { offset: true }),
      cases.groupnormMaxpoolGeluCase([6, 10], 20),
      cases.groupnormMaxpoolGeluCase([4, 6], 24),
      cases.groupnormMaxpoolGeluCase([4, 2], 68),
    ],
  },
  'groupnorm-gelu': {
    small: [
      cases.groupnormGeluCase([3, 1], 8),
      cases.groupnormGeluCase([2, 2], 4, { skip: true }),
      cases.groupnormGeluCase([1, 1], 12, { skip: true }),
    ],
    odd: [
      cases.groupnormGeluCase([1, 1], 12, { skip: true }),
      cases.groupnormGeluCase([3, 1], 8),
      cases.groupnormGeluCase([5, 7], 4, { skip: true, offset: true }),
      cases.groupnormGeluCase([3, 13], 20),
      cases.groupnormGeluCase([1, 9], 36, { skip: true }),
    ],
  },
  'groupnorm-upsample-gelu': {
    small: [
      cases.groupnormUpsampleGeluCase([2, 2], 4),
      cases.groupnormUpsampleGeluCase([3, 1], 4, { skip: true }),
      cases.groupnormUpsampleGeluCase([1, 1], 8),
      cases.groupnormUpsampleGeluCase([3, 5], 8, { skip: true, offset: true }),
    ],
    odd: [
      // Two values in a group would always be normed to -1 and 1: their gradients are rounding noise.
      cases.groupnormUpsampleGeluCase([1, 1], 12),
      cases.groupnormUpsampleGeluCase([1, 9], 4, { skip: true }),
      cases.groupnormUpsampleGeluCase([9, 1], 8),
      cases.groupnormUpsampleGeluCase([3, 5], 8, { skip: true, offset: true }),
      cases.groupnormUpsampleGeluCase([5, 7], 20, { skip: true }),
      cases.groupnormUpsampleGeluCase([7, 3], 36),
    ],
  },
  gelu: {
    small: [cases.geluCase([3, 5], 3)],
    odd: [cases.geluCase([1, 1], 1), cases.geluCase([3, 5], 3), cases.geluCase([7, 9], 5)],
  },
  upsample: {
    small: [cases.upsampleCase([3, 5], 2), cases.upsampleCase([1, 4], 1), cases.upsampleCase([1, 1], 3)],
    odd: [
      cases.upsampleCase([1, 1], 3),
      cases.upsampleCase([1, 17], 1),
      cases.upsampleCase([17, 1], 2),
      cases.upsampleCase([5, 9], 7),
      cases.upsampleCase([3, 7], 16),
    ],
  },
  sum: {
    small: [cases.sumCase([2, 3], 3)],
    odd: [cases.sumCase([1, 1], 1), cases.sumCase([3, 7], 5)],
  },
  'scaled-sum': {
    small: [cases.scaledSumCase([2, 3], 3)],
    odd: [cases.scaledSumCase([1, 1], 1), cases.scaledSumCase([3, 7], 5), cases.scaledSumCase([5, 5], 16)],
  },
  'causal-conv1d-silu': {
    small: [cases.causalConv1dSiluCase([2, 3], 4, 3), cases.causalConv1dSiluCase([1, 2], 1, 2)],
    odd: [
      cases.causalConv1dSiluCase([1, 1], 1, 1),
      cases.causalConv1dSiluCase([1, 2], 4, 3),
      cases.causalConv1dSiluCase([3, 1], 2, 17),
      cases.causalConv1dSiluCase([5, 7], 4, 12),
      cases.causalConv1dSiluCase([3, 5], 3, 33),
    ],
  },
  'selective-scan': {
    small: [
      cases.selectiveScanCase([2, 17], 4, 2, { states: 3, rank: 2 }),
      cases.selectiveScanCase([5, 1], 1, 3, { states: 16, rank: 1 }),
    ],
    odd: [
      cases.selectiveScanCase([1, 1], 1, 1),
      cases.selectiveScanCase([1, 31], 4, 2, { rank: 2 }),
      cases.selectiveScanCase([1, 32], 1, 12),
      cases.selectiveScanCase([3, 11], 4, 5),
      cases.selectiveScanCase([5, 13], 3, 3, { rank: 3 }),
      cases.selectiveScanCase([7, 1], 4, 17, { rank: 2 }),
      cases.selectiveScanCase([9, 11], 1, 24),
    ],
  },
  'channel-mean-max': {
    small: [cases.channelMeanMaxCase([3, 3], 5), cases.channelMeanMaxCase([2, 1], 1)],
    odd: [
      cases.channelMeanMaxCase([1, 1], 1),
      cases.channelMeanMaxCase([3, 3], 5),
      cases.channelMeanMaxCase([1, 19], 17),
      cases.channelMeanMaxCase([7, 5], 48),
    ],
  },
  'spatial-attention': {
    small: [
      cases.spatialAttentionCase([1, 1]),
      cases.spatialAttentionCase([2, 5]),
      cases.spatialAttentionCase([20, 3]),
    ],
    odd: [
      cases.spatialAttentionCase([1, 1]),
      cases.spatialAttentionCase([2, 5]),
      cases.spatialAttentionCase([21, 3]),
      cases.spatialAttentionCase([3, 37]),
      cases.spatialAttentionCase([13, 20]),
    ],
  },
  'attended-mean': {
    small: [cases.attendedMeanCase([3, 5], 3)],
    odd: [cases.attendedMeanCase([1, 1], 1), cases.attendedMeanCase([3, 5], 3), cases.attendedMeanCase([7, 9], 20)],
  },
  'attended-skip': {
    small: [cases.attendedSkipCase([3, 5], 3)],
    odd: [cases.attendedSkipCase([1, 1], 1), cases.attendedSkipCase([3, 5], 3), cases.attendedSkipCase([7, 9], 20)],
  },
  'channel-attention': {
    small: [cases.channelAttentionCase([3, 1, 2, 4, 5], 'fc'), cases.channelAttentionCase([3, 2], 'conv')],
    odd: [
      cases.channelAttentionCase([1], 'fc'),
      cases.channelAttentionCase([3, 2], 'conv'),
      cases.channelAttentionCase([3, 1, 2, 4, 5], 'fc'),
      cases.channelAttentionCase([8, 16, 24, 32, 48], 'conv'),
      cases.channelAttentionCase([9, 17, 25, 33, 47], 'fc'),
    ],
  },
  'bce-dice': {
    small: [
      cases.lossCase('bce-dice', [3, 5], 1),
      cases.lossCase('bce-dice', [3, 5], 3, { labelled: 'some', spread: 12 }),
      cases.lossCase('bce-dice', [2, 2], 1, { labelled: 'none' }),
    ],
    odd: [
      cases.lossCase('bce-dice', [1, 1], 1),
      cases.lossCase('bce-dice', [3, 5], 3, { labelled: 'some', spread: 12 }),
      cases.lossCase('bce-dice', [17, 13], 1, { labelled: 'some', spread: 80 }),
      cases.lossCase('bce-dice', [2, 2], 1, { labelled: 'none' }),
    ],
  },
  'softmax-dice': {
    small: [
      cases.lossCase('softmax-dice', [3, 5], 1, { labelled: 'some' }),
      cases.lossCase('softmax-dice', [3, 5], 4, { labelled: 'some', spread: 12 }),
      cases.lossCase('softmax-dice', [2, 2], 2, { labelled: 'none' }),
    ],
    odd: [
      cases.lossCase('softmax-dice', [1, 1], 1),
      cases.lossCase('softmax-dice', [3, 5], 1, { labelled: 'some' }),
      cases.lossCase('softmax-dice', [7, 9], 4, { labelled: 'some', spread: 12 }),
      cases.lossCase('softmax-dice', [3, 3], 17, { spread: 80 }),
      cases.lossCase('softmax-dice', [2, 3], 254, { labelled: 'some' }),
      cases.lossCase('softmax-dice', [2, 2], 2, { labelled: 'none' }),
    ],
  },
  'class-probabilities': {
    small: [cases.classProbabilitiesCase([3, 5], 2, 1)],
    odd: [
      cases.classProbabilitiesCase([1, 1], 1, 0),
      cases.classProbabilitiesCase([3, 7], 1, 1, 100),
      cases.classProbabilitiesCase([5, 9], 3, 0, 100),
      cases.classProbabilitiesCase([5, 9], 5, 1, 12),
      cases.classProbabilitiesCase([2, 3], 254, 1),
    ],
  },
  'sample-image': {
    small: [cases.sampleImageCase([3, 5], 3, 'mirrored')],
    odd: [
      cases.sampleImageCase([1, 1], 1, 'as it is'),
      cases.sampleImageCase([3, 5], 3, 'mirrored'),
      cases.sampleImageCase([9, 9], 3, 'turned by 90°'),
      cases.sampleImageCase([11, 17], 1, 'turned by 37°'),
      cases.sampleImageCase([17, 11], 3, 'turned by 37°'),
      cases.sampleImageCase([5, 7], 3, 'as it is', true),
    ],
  },
  'sample-labels': {
    small: [cases.sampleLabelsCase([3, 5], 2, 'mirrored')],
    odd: [
      cases.sampleLabelsCase([1, 1], 1, 'as it is'),
      cases.sampleLabelsCase([3, 5], 2, 'mirrored'),
      cases.sampleLabelsCase([9, 9], 1, 'turned by 90°'),
      cases.sampleLabelsCase([11, 17], 3, 'turned by 37°'),
    ],
  },
};

export const smallCases: readonly OperationCase[] = Object.values(table).flatMap(({ small }) => small);
export const oddCases: readonly OperationCase[] = Object.values(table).flatMap(({ odd }) => odd);
