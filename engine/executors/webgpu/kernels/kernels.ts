/** The kernels of every operation, by its kind. Convention: an operation without its kernels does not compile. */
import type { OperationKind } from '../../../program/operations/operations.ts';
import type { OperationKernels } from '../kernel.ts';
import { attendedMeanKernels, attendedSkipKernels, channelMeanMaxKernels } from './bridge.ts';
import { causalConv1dSiluKernels } from './causal-conv1d-silu.ts';
import { channelAttentionKernels } from './channel-attention.ts';
import { conv3x3Kernels } from './conv3x3.ts';
import { geluKernels, scaledSumKernels, sumKernels } from './elementwise.ts';
import { groupnormGeluKernels } from './groupnorm-gelu.ts';
import { groupnormMaxpoolGeluKernels } from './groupnorm-maxpool-gelu.ts';
import { groupnormUpsampleGeluKernels } from './groupnorm-upsample-gelu.ts';
import { layernormKernels } from './layernorm.ts';
import { linearKernels } from './linear.ts';
import { bceDiceKernels, classProbabilitiesKernels, softmaxDiceKernels } from './losses.ts';
import { sampleImageKernels, sampleLabelsKernels } from './sample.ts';
import { selectiveScanKernels } from './selective-scan.ts';
import { spatialAttentionKernels } from './spatial-attention.ts';
import { upsampleKernels } from './upsample.ts';

export const operationKernels: { readonly [Kind in OperationKind]: OperationKernels<Kind> } = {
  'sample-image': sampleImageKernels,
  'sample-labels': sampleLabelsKernels,
  conv3x3: conv3x3Kernels,
  'groupnorm-maxpool-gelu': groupnormMaxpoolGeluKernels,
  layernorm: layernormKernels,
  linear: linearKernels,
  'causal-conv1d-silu': causalConv1dSiluKernels,
  'selective-scan': selectiveScanKernels,
  'scaled-sum': scaledSumKernels,
  'channel-mean-max': channelMeanMaxKernels,
  'spatial-attention': spatialAttentionKernels,
  'attended-mean': attendedMeanKernels,
  'channel-attention': channelAttentionKernels,
  'attended-skip': attendedSkipKernels,
  gelu: geluKernels,
  sum: sumKernels,
  'groupnorm-gelu': groupnormGeluKernels,
  'groupnorm-upsample-gelu': groupnormUpsampleGeluKernels,
  upsample: upsampleKernels,
  'class-probabilities': classProbabilitiesKernels,
  'bce-dice': bceDiceKernels,
  'softmax-dice': softmaxDiceKernels,
};
