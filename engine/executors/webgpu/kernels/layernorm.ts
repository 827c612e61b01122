/**
 * LayerNorm over the channels of each token. A lane for each token, which reads its few channels three times from cache;
 * the gradients of weight and bias have a lane for each channel over stripes of tokens.
 */
import type { OperationKernels } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

export const layernormKernels: OperationKernels = {
  forward: (e) => {
    const [x, weight, bias] = [e.input(0), e.input(1), e.input(2)];
    const [y, statistics] = [e.output(0), e.output(1)];
    const { channels } = x;
    e.addFlat(
      '',
      x.size / channels,
      `let origin = i * ${channels}u;
      var mean = 0.0;
      for (var c = 0u; c < ${channels}u; c++) { mean += ${x.at('origin + c')}; }
      mean /= ${channels}.0;
      var variance = 0.0;
      for (var c = 0u; c < ${channels}u; c++) { let d = ${x.at('origin + c')} - mean; variance += d * d; }
      let rstd = 1.0 / sqrt(variance / ${channels}.0 + 1e-5);
      ${statistics.store('2u * i', 'mean')} ${statistics.store('2u * i + 1u', 'rstd')}
      for (var c = 0u; c < ${channels}u; c++) {
        ${y.store('origin + c', `(${x.at('origin + c')} - mean) * rstd * ${weight.at('c')} + ${bias.at('c')}`)}
      }`,
    );
  },
  gradient: (e) => {
    const [x, weight, statistics, dy] = [e.input(0), e.input(1), e.result(1), e.resultGradient(0)];
    const { channels } = x;
    const tokens = x.size / channels;
    const dx = e.inputGradient(0);
    if (dx !== undefined) {
      e.addFlat(
        'input',
        tokens,
        `let origin = i * ${channels}u;
        let mean = ${statistics.at('2u * i')}; let rstd = ${statistics.at('2u * i + 1u')};
        var total = 0.0; var totalHat = 0.0;
        for (var c = 0u; c < ${channels}u; c++) {
          let d = ${dy.at('origin + c')} * ${weight.at('c')};
          total += d; totalHat += d * (${x.at('origin + c')} - mean) * rstd;
        }
        for (var c = 0u; c < ${channels}u; c++) {
          let hat = (${x.at('origin + c')} - mean) * rstd;
          ${dx.store('origin + c', `rstd * (${dy.at('origin + c')} * ${weight.at('c')} - (total + hat * totalHat) / ${channels}.0)`)}
        }`,
      );
    }
    const parts = partsOf(tokens, 64, 32);
    const dWeight = e.parameterGradient(1, parts);
    const dBias = e.parameterGradient(2, parts);
    addRowSum(e, {
      name: 'weight',
      rows: tokens,
      parts,
      width: channels,
      terms: 2,
      body: `let d = ${dy.at(`row * ${channels}u + column`)};
        sum0 += d * (${x.at(`row * ${channels}u + column`)} - ${statistics.at('2u * row')}) * ${statistics.at('2u * row + 1u')};
        sum1 += d;`,
      store: `if (term == 0u) { ${dWeight?.store('part', 'column', 'total') ?? ''} }
        else { ${dBias?.store('part', 'column', 'total') ?? ''} }`,
    });
  },
};
