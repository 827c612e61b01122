/**
 * The operations that treat element by element: gelu, sum, scaled-sum. Convention: a lane for each element.
 */
import type { OperationKernels } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

export const geluKernels: OperationKernels<'gelu'> = {
  forward: (e, { x }, { y }) => {
    e.addElements(y, y.store('i', `gelu(${x.at('i')})`));
  },
  gradient: (e, { x, dy }, { dx }) => {
    if (dx !== undefined) {
      e.addElements(x, dx.store('i', `${dy.at('i')} * geluDerivative(${x.at('i')})`));
    }
  },
};

export const sumKernels: OperationKernels<'sum'> = {
  forward: (e, { a, b }, { y }) => {
    e.addElements(y, y.store('i', `${a.at('i')} + ${b.at('i')}`));
  },
  gradient: (e, { dy }, { da, db }) => {
    e.addElements(dy, [da, db].map((target) => target?.store('i', dy.at('i')) ?? '').join('\n'));
  },
};

export const scaledSumKernels: OperationKernels<'scaled-sum'> = {
  forward: (e, { a, b, scale }, { y }) => {
    e.addElements(y, y.store('i', `${a.at('i')} + ${scale.at('0u')} * ${b.at('i')}`));
  },
  gradient: (e, { b, scale, dy }, { da, db, dScale }) => {
    const stores = [da?.store('i', dy.at('i')), db?.store('i', `${scale.at('0u')} * ${dy.at('i')}`)];
    if (stores.some((store) => store !== undefined)) {
      e.addElements(dy, stores.join('\n'));
    }
    const parts = partsOf(dy.size, 2048, 32);
    const dScaleParts = dScale?.inParts(parts);
    if (dScaleParts === undefined) return;
    addRowSum(e, {
      name: 'scale',
      rows: dy.size,
      parts,
      width: 1,
      terms: 1,
      body: `sum0 += ${dy.at('row')} * ${b.at('row')};`,
      store: dScaleParts.store('part', '0u', 'total'),
    });
  },
};
