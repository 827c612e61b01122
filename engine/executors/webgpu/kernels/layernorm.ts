/**
 * LayerNorm over the channels of each token. A lane for each element, which sums over its token's few channels by itself:
 * more additions than a lane for each token, but all lanes have something to do and none waits for another. The gradients
 * of weight and bias have a lane for each channel over stripes of tokens.
 */
import type { OperationKernels } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

export const layernormKernels: OperationKernels<'layernorm'> = {
  forward: (e, { x, weight, bias }, { y, statistics }) => {
    const { channels } = x;
    const body = `let token = i / ${channels}u; let origin = token * ${channels}u; let own = i - origin;
    var mean = 0.0;
    for (var c = 0u; c < ${channels}u; c++) { mean += ${x.at('origin + c')}; }
    mean /= ${channels}.0;
    var variance = 0.0;
    for (var c = 0u; c < ${channels}u; c++) { let d = ${x.at('origin + c')} - mean; variance += d * d; }
    let rstd = 1.0 / sqrt(variance / ${channels}.0 + 1e-5);
    if (own == 0u) { ${statistics.store('2u * token', 'mean')} ${statistics.store('2u * token + 1u', 'rstd')} }
    ${y.store('i', `(${x.at('i')} - mean) * rstd * ${weight.at('own')} + ${bias.at('own')}`)}`;
    e.addElements(x, body);
  },
  gradient: (e, { x, weight, statistics, dy }, { dx, dWeight, dBias }) => {
    const { channels } = x;
    const tokens = x.size / channels;
    if (dx !== undefined) {
      const body = `let token = i / ${channels}u; let origin = token * ${channels}u; let own = i - origin;
      let mean = ${statistics.at('2u * token')}; let rstd = ${statistics.at('2u * token + 1u')};
      var total = 0.0; var totalHat = 0.0;
      for (var c = 0u; c < ${channels}u; c++) {
        let d = ${dy.at('origin + c')} * ${weight.at('c')};
        total += d; totalHat += d * (${x.at('origin + c')} - mean) * rstd;
      }
      let hat = (${x.at('i')} - mean) * rstd;
      ${dx.store('i', `rstd * (${dy.at('i')} * ${weight.at('own')} - (total + hat * totalHat) / ${channels}.0)`)}`;
      e.addElements(x, body, { name: 'input' });
    }
    const parts = partsOf(tokens, 64, 32);
    const dWeightParts = dWeight?.inParts(parts);
    const dBiasParts = dBias?.inParts(parts);
    addRowSum(e, {
      name: 'weight',
      rows: tokens,
      parts,
      width: channels,
      terms: 2,
      body: `let d = ${dy.at(`row * ${channels}u + column`)};
        sum0 += d * (${x.at(`row * ${channels}u + column`)} - ${statistics.at('2u * row')}) * ${statistics.at('2u * row + 1u')};
        sum1 += d;`,
      store: `if (term == 0u) { ${dWeightParts?.store('part', 'column', 'total') ?? ''} }
        else { ${dBiasParts?.store('part', 'column', 'total') ?? ''} }`,
    });
  },
};
