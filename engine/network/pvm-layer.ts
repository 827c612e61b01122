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
  const normed = builder.apply1(layernorm, { x, weight: p('norm.weight'), bias: p('norm.bias') });
  const [inner, gate] = builder.apply(linear, { x: normed, weight: p('mamba.in_proj.weight') }, { parts: 2 }).y as [
    Handle,
    Handle,
  ];
  const convolved = builder.apply1(causalConv1dSilu, {
    x: inner,
    weight: p('mamba.conv1d.weight'),
    bias: p('mamba.conv1d.bias'),
  });
  const projected = builder.apply1(linear, { x: convolved, weight: p('mamba.x_proj.weight') }, { parts: 1 });
  const scanned = builder.apply1(selectiveScan, {
    x: convolved,
    z: gate,
    projected,
    dtWeight: p('mamba.dt_proj.weight'),
    dtBias: p('mamba.dt_proj.bias'),
    aLog: p('mamba.A_log'),
    D: p('mamba.D'),
  });
  const mamba = builder.apply1(linear, { x: scanned, weight: p('mamba.out_proj.weight') }, { parts: 1 });
  const summed = builder.apply1(scaledSum, { a: mamba, b: normed, scale: p('skip_scale') });
  const renormed = builder.apply1(layernorm, { x: summed, weight: p('norm.weight'), bias: p('norm.bias') });
  return builder.apply1(linear, { x: renormed, weight: p('proj.weight'), bias: p('proj.bias') }, { parts: 1 });
}
