/**
 * The PVM layer: four channel chunks through one shared Mamba, between two passes of one shared LayerNorm, then a Linear.
 * Convention: x (H, W, C) channels last, so a chunk is C/4 neighboring channels and 'four chunks' needs no copy.
 */
import { causalConv1dSilu } from '../program/operations/causal-conv1d-silu.ts';
import { layernorm } from '../program/operations/layernorm.ts';
import { linear } from '../program/operations/linear.ts';
import { scaledSum } from '../program/operations/scaled-sum.ts';
import { selectiveScan } from '../program/operations/selective-scan.ts';
import type { Handle, ProgramBuilder } from '../program/program-builder.ts';

/** Looks a declared parameter up by its full name. */
export type ParameterOf = (name: string) => Handle;

/** @param x (H, W, C) @param name prefix of the layer's parameters @returns (H, W, C') */
export function pvmLayer(builder: ProgramBuilder, x: Handle, name: string, parameter: ParameterOf): Handle {
  const p = (rest: string): Handle => parameter(`${name}.${rest}`);
  const normed = builder.apply1(layernorm, [x, p('norm.weight'), p('norm.bias')]);
  const [inner, gate] = builder.apply(linear, [normed, p('mamba.in_proj.weight'), undefined], { parts: 2 });
  const convolved = builder.apply1(causalConv1dSilu, [inner, p('mamba.conv1d.weight'), p('mamba.conv1d.bias')]);
  const projected = builder.apply1(linear, [convolved, p('mamba.x_proj.weight'), undefined], { parts: 1 });
  const scanned = builder.apply1(selectiveScan, [
    convolved,
    gate,
    projected,
    p('mamba.dt_proj.weight'),
    p('mamba.dt_proj.bias'),
    p('mamba.A_log'),
    p('mamba.D'),
  ]);
  const mamba = builder.apply1(linear, [scanned, p('mamba.out_proj.weight'), undefined], { parts: 1 });
  const summed = builder.apply1(scaledSum, [mamba, normed, p('skip_scale')]);
  const renormed = builder.apply1(layernorm, [summed, p('norm.weight'), p('norm.bias')]);
  return builder.apply1(linear, [renormed, p('proj.weight'), p('proj.bias')], { parts: 1 });
}
