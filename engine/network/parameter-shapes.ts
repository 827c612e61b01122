/**
 * Names and shapes of all parameters, in checkpoint order: known only here.
 * Convention: PyTorch's names and layouts, as the reference's state dict has them.
 */
import { checkConfig, stateCount } from './network-config.ts';
import type { NetworkConfig } from './network-config.ts';

export type NamedShape = readonly [name: string, shape: readonly number[]];

/** dt_rank of a Mamba over chunks of d channels. */
export function stepRank(d: number): number {
  return Math.ceil(d / 16);
}

function convShapes(name: string, inputs: number, outputs: number): NamedShape[] {
  return [
    [`${name}.weight`, [outputs, inputs, 3, 3]],
    [`${name}.bias`, [outputs]],
  ];
}

/** A PVM layer of C → C' channels: one Mamba of d = C / 4 for all four chunks. */
function pvmShapes(name: string, inputs: number, outputs: number): readonly NamedShape[] {
  const d = inputs / 4;
  const e = 2 * d;
  const rank = stepRank(d);
  return [
    [`${name}.skip_scale`, [1]],
    [`${name}.norm.weight`, [inputs]],
    [`${name}.norm.bias`, [inputs]],
    [`${name}.mamba.A_log`, [e, stateCount]],
    [`${name}.mamba.D`, [e]],
    [`${name}.mamba.in_proj.weight`, [2 * e, d]],
    [`${name}.mamba.conv1d.weight`, [e, 1, 4]],
    [`${name}.mamba.conv1d.bias`, [e]],
    [`${name}.mamba.x_proj.weight`, [rank + 2 * stateCount, e]],
    [`${name}.mamba.dt_proj.weight`, [e, rank]],
    [`${name}.mamba.dt_proj.bias`, [e]],
    [`${name}.mamba.out_proj.weight`, [d, e]],
    [`${name}.proj.weight`, [outputs, inputs]],
    [`${name}.proj.bias`, [outputs]],
  ];
}

/** The bridge over five scales ('scab'), with its prefix. */
function bridgeShapes(prefix: string, widths: readonly number[], attention: 'fc' | 'conv'): readonly NamedShape[] {
  const total = widths.reduce((a, b) => a + b, 0);
  return [
    [`${prefix}catt.get_all_att.weight`, [1, 1, 3]],
    ...widths.flatMap((width, scale): NamedShape[] => [
      [`${prefix}catt.att${String(scale + 1)}.weight`, attention === 'fc' ? [width, total] : [width, total, 1]],
      [`${prefix}catt.att${String(scale + 1)}.bias`, [width]],
    ]),
    [`${prefix}satt.shared_conv2d.0.weight`, [1, 2, 7, 7]],
    [`${prefix}satt.shared_conv2d.0.bias`, [1]],
  ];
}

/** All parameters of a network, in checkpoint order. */
export function parameterShapes(config: NetworkConfig): readonly NamedShape[] {
  checkConfig(config);
  const [c0, c1, c2, c3, c4, c5] = config.widths;
  const norm = (name: string, channels: number): NamedShape[] => [
    [`${name}.weight`, [channels]],
    [`${name}.bias`, [channels]],
  ];
  return [
    ...convShapes('encoder1.0', config.inputChannels, c0),
    ...convShapes('encoder2.0', c0, c1),
    ...convShapes('encoder3.0', c1, c2),
    ...pvmShapes('encoder4.0', c2, c3),
    ...pvmShapes('encoder5.0', c3, c4),
    ...pvmShapes('encoder6.0', c4, c5),
    ...(config.bridge ? bridgeShapes('scab.', [c0, c1, c2, c3, c4], config.attention) : []),
    ...pvmShapes('decoder1.0', c5, c4),
    ...pvmShapes('decoder2.0', c4, c3),
    ...pvmShapes('decoder3.0', c3, c2),
    ...convShapes('decoder4.0', c2, c1),
    ...convShapes('decoder5.0', c1, c0),
    ...[c0, c1, c2, c3, c4].flatMap((width, i) => norm(`ebn${String(i + 1)}`, width)),
    ...[c4, c3, c2, c1, c0].flatMap((width, i) => norm(`dbn${String(i + 1)}`, width)),
    ['final.weight', [config.classes, c0, 1, 1]],
    ['final.bias', [config.classes]],
  ];
}
