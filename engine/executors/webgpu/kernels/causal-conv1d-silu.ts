/**
 * Depthwise causal convolution of width 4 with its SiLU. A lane for each element; the gradient computes the convolution
 * again instead of keeping it: four products against a value written and read.
 */
import type { OperationKernels, TensorView } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

interface Convolution {
  readonly x: TensorView;
  readonly weight: TensorView;
  readonly bias: TensorView;
}

/** WGSL that declares `name`, the convolution's value at time `t` (u32) of channel `c` of the token. */
function convolved({ x, weight, bias }: Convolution, name: string, t: string, c: string): string {
  const { channels } = x;
  return `
    var ${name} = ${bias.at(`${c} % ${bias.size}u`)};
    for (var tap = 0u; tap < 4u; tap++) {
      if (${t} + tap >= 3u) {
        ${name} += ${weight.at(`${c} % ${bias.size}u * 4u + tap`)} * ${x.at(`(${t} + tap - 3u) * ${channels}u + ${c}`)};
      }
    }`;
}

export const causalConv1dSiluKernels: OperationKernels<'causal-conv1d-silu'> = {
  forward: (e, { x, weight, bias }, { y }) => {
    const body = `let t = i / ${x.channels}u; let c = i % ${x.channels}u;
    ${convolved({ x, weight, bias }, 'value', 't', 'c')}
    ${y.store('i', 'silu(value)')}`;
    e.addElements(y, body, { readsNeighbors: true });
  },
  gradient: (e, { x, weight, bias, dy }, { dx, dWeight, dBias }) => {
    const { channels } = x;
    const tokens = x.size / channels;
    if (dx !== undefined) {
      const body = `let t = i / ${channels}u; let c = i % ${channels}u;
      var total = 0.0;
      for (var later = 0u; later < 4u; later++) {
        let at = t + later;
        if (at < ${tokens}u) {
          ${convolved({ x, weight, bias }, 'value', 'at', 'c')}
          total += ${dy.at(`at * ${channels}u + c`)} * siluDerivative(value) * ${weight.at(`c % ${bias.size}u * 4u + 3u - later`)};
        }
      }
      ${dx.store('i', 'total')}`;
      e.addElements(x, body, { name: 'input', readsNeighbors: true });
    }
    const sequences = channels / bias.size;
    const parts = partsOf(tokens, 64, 32);
    const dWeightParts = dWeight?.inParts(parts * sequences);
    const dBiasParts = dBias?.inParts(parts * sequences);
    const channel = `column % ${bias.size}u`;
    const part = `part * ${sequences}u + column / ${bias.size}u`;
    addRowSum(e, {
      name: 'weight',
      rows: tokens,
      parts,
      width: channels,
      terms: 5,
      body: `
        ${convolved({ x, weight, bias }, 'value', 'row', 'column')}
        let d = ${dy.at(`row * ${channels}u + column`)} * siluDerivative(value);
        ${[0, 1, 2, 3].map((tap) => `if (row + ${tap}u >= 3u) { sum${tap} += d * ${x.at(`(row + ${tap}u - 3u) * ${channels}u + column`)}; }`).join('\n')}
        sum4 += d;`,
      store: `if (term < 4u) { ${dWeightParts?.store(part, `${channel} * 4u + term`, 'total') ?? ''} }
        else { ${dBiasParts?.store(part, channel, 'total') ?? ''} }`,
    });
  },
};
