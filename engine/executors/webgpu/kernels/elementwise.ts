/**
 * The operations that treat element by element: gelu, sum, scaled-sum. Convention: a lane for each element.
 */
import type { OperationKernels } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

export const geluKernels: OperationKernels = {
  forward: (e) => {
    const [x, y] = [e.input(0), e.output(0)];
    e.addTokens('', y.size / y.channels, y.channels, y.store('i', `gelu(${x.at('i')})`));
  },
  gradient: (e) => {
    const [x, dy, dx] = [e.input(0), e.resultGradient(0), e.inputGradient(0)];
    if (dx !== undefined) {
      e.addTokens('', x.size / x.channels, x.channels, dx.store('i', `${dy.at('i')} * geluDerivative(${x.at('i')})`));
    }
  },
};

export const sumKernels: OperationKernels = {
  forward: (e) => {
    const [a, b, y] = [e.input(0), e.input(1), e.output(0)];
    e.addTokens('', y.size / y.channels, y.channels, y.store('i', `${a.at('i')} + ${b.at('i')}`));
  },
  gradient: (e) => {
    const dy = e.resultGradient(0);
    const targets = [e.inputGradient(0), e.inputGradient(1)];
    e.addTokens(
      '',
      dy.size / dy.channels,
      dy.channels,
      targets.map((target) => target?.store('i', dy.at('i')) ?? '').join('\n'),
    );
  },
};

export const scaledSumKernels: OperationKernels = {
  forward: (e) => {
    const [a, b, scale, y] = [e.input(0), e.input(1), e.input(2), e.output(0)];
    e.addTokens('', y.size / y.channels, y.channels, y.store('i', `${a.at('i')} + ${scale.at('0u')} * ${b.at('i')}`));
  },
  gradient: (e) => {
    const [b, scale, dy] = [e.input(1), e.input(2), e.resultGradient(0)];
    const [da, db] = [e.inputGradient(0), e.inputGradient(1)];
    const stores = [da?.store('i', dy.at('i')), db?.store('i', `${scale.at('0u')} * ${dy.at('i')}`)];
    if (stores.some((store) => store !== undefined)) {
      e.addTokens('', dy.size / dy.channels, dy.channels, stores.join('\n'));
    }
    const parts = partsOf(dy.size, 2048, 32);
    const dScale = e.parameterGradient(2, parts);
    if (dScale === undefined) return;
    addRowSum(e, {
      name: 'scale',
      rows: dy.size,
      parts,
      width: 1,
      terms: 1,
      body: `sum0 += ${dy.at('row')} * ${b.at('row')};`,
      store: dScale.store('part', '0u', 'total'),
    });
  },
};
