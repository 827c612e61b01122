/**
 * GroupNorm → GELU, + an optional skip. Three kernels forward (statistics in two, then a lane for each element), three
 * back.
 */
import type { OperationKernels } from '../kernel.ts';
import { addGroupStatistics, addNormSums, hatOf, inputGradientOf, normalized } from './group-norm.ts';

export const groupnormGeluKernels: OperationKernels<'groupnorm-gelu'> = {
  forward: (e, { skip, ...inputs }, { y, statistics }) => {
    const { x } = inputs;
    addGroupStatistics(e, x, statistics);
    const value = normalized({ ...inputs, statistics }, 'i', 'c');
    const body = `let c = i % ${x.channels}u;
    ${y.store('i', `gelu(${value}) + ${skip?.at('i') ?? '0.0'}`)}`;
    e.addElements(y, body);
  },
  gradient: (e, { dy, ...norm }, { dx, dWeight, dBias, dSkip }) => {
    const { size, channels } = norm.x;
    const dNormalized = (index: string, channel: string): string =>
      `${dy.at(index)} * geluDerivative(${normalized(norm, index, channel)})`;
    const at = `row * ${channels}u + column`;
    const sums = addNormSums(e, norm, {
      dWeight,
      dBias,
      rows: size / channels,
      body: `let d = ${dNormalized(at, 'column')}; sum0 += d * ${hatOf(norm, at, 'column')}; sum1 += d;`,
    });
    const stores = [
      dx?.store('i', inputGradientOf(norm, sums, 'i', 'c', `(${dNormalized('i', 'c')})`)),
      dSkip?.store('i', dy.at('i')),
    ];
    e.addElements(norm.x, `let c = i % ${channels}u;\n${stores.join('\n')}`, { name: 'input' });
  },
};
