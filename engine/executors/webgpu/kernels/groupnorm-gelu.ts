/**
 * GroupNorm → GELU, + an optional skip. Three kernels forward (statistics in two, then a lane for each element), three
 * back.
 */
import type { OperationKernels } from '../kernel.ts';
import { addGroupStatistics, addNormSums, hatOf, inputGradientOf, normalized } from './group-norm.ts';

export const groupnormGeluKernels: OperationKernels = {
  forward: (e) => {
    const [x, skip, y, statistics] = [e.input(0), e.optionalInput(3), e.output(0), e.output(1)];
    addGroupStatistics(e, x, statistics);
    const value = normalized(e, x, statistics, 'i', 'c');
    e.addTokens(
      '',
      y.size / y.channels,
      y.channels,
      `let c = i % ${x.channels}u;
      ${y.store('i', `gelu(${value}) + ${skip?.at('i') ?? '0.0'}`)}`,
    );
  },
  gradient: (e) => {
    const [x, statistics, dy] = [e.input(0), e.result(1), e.resultGradient(0)];
    const { channels } = x;
    const [dx, dSkip] = [e.inputGradient(0), e.inputGradient(3)];
    const dNormalized = (index: string, channel: string): string =>
      `${dy.at(index)} * geluDerivative(${normalized(e, x, statistics, index, channel)})`;
    const at = `row * ${channels}u + column`;
    const norm = {
      x,
      statistics,
      rows: x.size / channels,
      body: `let d = ${dNormalized(at, 'column')}; sum0 += d * ${hatOf(x, statistics, at, 'column')}; sum1 += d;`,
    };
    const sums = addNormSums(e, norm);
    const stores = [
      dx?.store('i', inputGradientOf(e, norm, sums, 'i', 'c', `(${dNormalized('i', 'c')})`)),
      dSkip?.store('i', dy.at('i')),
    ];
    e.addTokens('input', x.size / channels, channels, `let c = i % ${channels}u;\n${stores.join('\n')}`);
  },
};
