/**
 * Depthwise causal convolution of width 4 with its SiLU. A lane for each element; the gradient computes the convolution
 * again instead of keeping it: four products against a value written and read.
 */
import type { Emitter, OperationKernels, TensorView } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

/** WGSL that declares `name`, the convolution's value at time `t` (u32) of channel `c` of the token. */
function convolved(e: Emitter, x: TensorView, name: string, t: string, c: string): string {
  const [weight, bias] = [e.input(1), e.input(2)];
  const channels = x.channels;
  return `
    var ${name} = ${bias.at(`${c} % ${bias.size}u`)};
    for (var tap = 0u; tap < 4u; tap++) {
      if (${t} + tap >= 3u) {
        ${name} += ${weight.at(`${c} % ${bias.size}u * 4u + tap`)} * ${x.at(`(${t} + tap - 3u) * ${channels}u + ${c}`)};
      }
    }`;
}

export const causalConv1dSiluKernels: OperationKernels = {
  forward: (e) => {
    const [x, y] = [e.input(0), e.output(0)];
    e.addTokens(
      '',
      y.size / y.channels,
      y.channels,
      `let t = i / ${x.channels}u; let c = i % ${x.channels}u;
      ${convolved(e, x, 'value', 't', 'c')}
      ${y.store('i', 'silu(value)')}`,
      true,
    );
  },
  gradient: (e) => {
    const [x, weight, bias, dy] = [e.input(0), e.input(1), e.input(2), e.resultGradient(0)];
    const { channels } = x;
    const tokens = x.size / channels;
    const dx = e.inputGradient(0);
    if (dx !== undefined) {
      e.addTokens(
        'input',
        tokens,
        channels,
        `let t = i / ${channels}u; let c = i % ${channels}u;
        var total = 0.0;
        for (var later = 0u; later < 4u; later++) {
          let at = t + later;
          if (at < ${tokens}u) {
            ${convolved(e, x, 'value', 'at', 'c')}
            total += ${dy.at(`at * ${channels}u + c`)} * siluDerivative(value) * ${weight.at(`c % ${bias.size}u * 4u + 3u - later`)};
          }
        }
        ${dx.store('i', 'total')}`,
        true,
      );
    }
    const sequences = channels / bias.size;
    const parts = partsOf(tokens, 64, 32);
    const dWeight = e.parameterGradient(1, parts * sequences);
    const dBias = e.parameterGradient(2, parts * sequences);
    const channel = `column % ${bias.size}u`;
    const part = `part * ${sequences}u + column / ${bias.size}u`;
    addRowSum(e, {
      name: 'weight',
      rows: tokens,
      parts,
      width: channels,
      terms: 5,
      body: `
        ${convolved(e, x, 'value', 'row', 'column')}
        let d = ${dy.at(`row * ${channels}u + column`)} * siluDerivative(value);
        ${[0, 1, 2, 3].map((tap) => `if (row + ${tap}u >= 3u) { sum${tap} += d * ${x.at(`(row + ${tap}u - 3u) * ${channels}u + column`)}; }`).join('\n')}
        sum4 += d;`,
      store: `if (term < 4u) { ${dWeight?.store(part, `${channel} * 4u + term`, 'total') ?? ''} }
        else { ${dBias?.store(part, channel, 'total') ?? ''} }`,
    });
  },
};
