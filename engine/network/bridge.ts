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
  const meanMax = builder.apply1(channelMeanMax, { x: t });
  const weight = parameter(`${prefix}satt.shared_conv2d.0.weight`);
  return builder.apply1(spatialAttention, {
    x: meanMax,
    weight,
    bias: parameter(`${prefix}satt.shared_conv2d.0.bias`),
  });
}

/** @param scales t1..t5, each (H_i, W_i, C_i) @returns skip1..skip5 of the same shapes */
export function attentionBridge(
  builder: ProgramBuilder,
  scales: readonly Handle[],
  prefix: string,
  parameter: ParameterOf,
): readonly Handle[] {
  const att = (i: number, rest: string): Handle => parameter(`${prefix}catt.att${String(i + 1)}.${rest}`);
  const gated = scales.map((t) => ({ t, s: spatialGate(builder, t, prefix, parameter) }));
  const { gates: heads } = builder.apply(channelAttention, {
    means: gated.map((operands) => builder.apply1(attendedMean, operands)),
    taps: parameter(`${prefix}catt.get_all_att.weight`),
    weights: scales.map((_, i) => att(i, 'weight')),
    biases: scales.map((_, i) => att(i, 'bias')),
  });
  return heads.map((h, i) => builder.apply1(attendedSkip, { ...gated[i]!, h }));
}
