/**
 * y = x · weightᵀ + bias per row, in parts. A lane for each output element (rows are short and few: at most 64 features
 * of 4,096 rows a sample); backward by the weights a lane for each weight over stripes of rows.
 */
import { sizeOf } from '../../../program/operation.ts';
import type { OperationKernels } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

export const linearKernels: OperationKernels<'linear'> = {
  forward: (e, { x, weight, bias }, { y }) => {
    const outputs = weight.shape[0] ?? 1;
    const features = sizeOf(weight.shape) / outputs;
    const perPart = outputs / y.length;
    const stores = y.map((target, part) => {
      const store = target.store(`row * ${perPart}u + o - ${part * perPart}u`, 'total');
      return `if (o >= ${part * perPart}u && o < ${(part + 1) * perPart}u) { ${store} }`;
    });
    const body = `let row = i / ${outputs}u; let o = i % ${outputs}u;
    var total = ${bias?.at('o') ?? '0.0'};
    for (var k = 0u; k < ${features}u; k++) {
      total += ${x.at(`row * ${features}u + k`)} * ${weight.at(`o * ${features}u + k`)};
    }
    ${stores.join('\n')}`;
    e.addTokens('', x.size / x.channels, (x.channels / features) * outputs, body);
  },
  gradient: (e, { x, weight, dy: gradients }, { dx, dWeight, dBias }) => {
    const outputs = weight.shape[0] ?? 1;
    const features = sizeOf(weight.shape) / outputs;
    const rows = x.size / features;
    const perPart = outputs / gradients.length;
    if (dx !== undefined) {
      const loops = gradients.map(
        (dy, part) => `for (var o = 0u; o < ${perPart}u; o++) {
          total += ${dy.at(`row * ${perPart}u + o`)} * ${weight.at(`(o + ${part * perPart}u) * ${features}u + k`)};
        }`,
      );
      const body = `let row = i / ${features}u; let k = i % ${features}u;
      var total = 0.0;
      ${loops.join('\n')}
      ${dx.store('i', 'total')}`;
      e.addElements(x, body, { name: 'input' });
    }
    const parts = partsOf(rows, 256, 64);
    const dWeightParts = dWeight?.inParts(parts);
    const dBiasParts = dBias?.inParts(parts);
    const columns = features + (dBiasParts === undefined ? 0 : 1);
    // The last column is the bias: its 'input' is 1 everywhere.
    addRowSum(e, {
      name: 'weight',
      rows,
      parts,
      width: outputs * columns,
      terms: 1,
      prepare: `let o = column / ${columns}u; let k = column % ${columns}u;`,
      body: `
        ${dBiasParts === undefined ? `let value = ${x.at(`row * ${features}u + k`)};` : `var value = 1.0; if (k < ${features}u) { value = ${x.at(`row * ${features}u + k`)}; }`}
        ${gradients.map((dy, part) => `${part === 0 ? '' : 'else '}if (o < ${(part + 1) * perPart}u) { sum0 += value * ${dy.at(`row * ${perPart}u + o - ${part * perPart}u`)}; }`).join('\n')}`,
      store: `
        let o = column / ${columns}u; let k = column % ${columns}u;
        if (k < ${features}u) { ${dWeightParts?.store('part', `o * ${features}u + k`, 'total') ?? ''} }
        ${dBiasParts === undefined ? '' : `else { ${dBiasParts.store('part', 'o', 'total')} }`}`,
    });
  },
};
