/**
 * The spatial and channel attention bridge ('scab') that turns the five encoder outputs into the five skips.
 * Convention: one spatial convolution is shared by all scales; scales stay apart until the channel means are mixed.
 */
import { attendedMean } from '../program/operations/attended-mean.ts';
import { attendedSkip } from '../program/operations/attended-skip.ts';
import { channelAttention } from '../program/operations/channel-attention.ts';
import { channelMeanMax } from '../program/operations/channel-mean-max.ts';
import { spatialAttention } from '../program/operations/spatial-attention.ts';
import type { Handle, ProgramBuilder } from '../program/program-builder.ts';
import type { ParameterOf } from './pvm-layer.ts';

/** @param t (H, W, C) of one scale @returns its gates s, (H, W, 1) */
export function spatialGate(builder: ProgramBuilder, t: Handle, prefix: string, parameter: ParameterOf): Handle {
  const seen = builder.apply1(channelMeanMax, [t]);
  const weight = parameter(`${prefix}satt.shared_conv2d.0.weight`);
  return builder.apply1(spatialAttention, [seen, weight, parameter(`${prefix}satt.shared_conv2d.0.bias`)]);
}

/** @param scales t1..t5, each (H_i, W_i, C_i) @returns skip1..skip5 of the same shapes */
export function attentionBridge(
  builder: ProgramBuilder,
  scales: readonly Handle[],
  prefix: string,
  parameter: ParameterOf,
): readonly Handle[] {
  const gates = scales.map((t) => spatialGate(builder, t, prefix, parameter));
  const means = scales.map((t, i) => builder.apply1(attendedMean, [t, gates[i]]));
  const heads = builder.apply(channelAttention, [
    ...means,
    parameter(`${prefix}catt.get_all_att.weight`),
    ...scales.flatMap((_, i) => [
      parameter(`${prefix}catt.att${String(i + 1)}.weight`),
      parameter(`${prefix}catt.att${String(i + 1)}.bias`),
    ]),
  ]);
  return scales.map((t, i) => builder.apply1(attendedSkip, [t, gates[i], heads[i]]));
}
