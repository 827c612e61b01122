/**
 * σ(conv 7×7, dilation 3, padding 9) of the (mean, max) plane: a lane for each pixel, 98 products; backward by the weights
 * a lane for each weight over stripes of pixels.
 */
import { planeOf } from '../../../program/operation.ts';
import type { OperationKernels } from '../kernel.ts';
import { addRowSum, partsOf } from './sum-over-rows.ts';

/** WGSL that runs `body` for each tap of pixel `i` that lies in the plane, with `tap` and `other` (u32). */
function eachTap(height: number, width: number, sign: '+' | '-', body: string): string {
  return `
    let row = i32(i / ${width}u); let column = i32(i % ${width}u);
    for (var tap = 0u; tap < 49u; tap++) {
      let r = row ${sign} (i32(tap / 7u) * 3 - 9); let c = column ${sign} (i32(tap % 7u) * 3 - 9);
      if (r >= 0 && r < ${height} && c >= 0 && c < ${width}) {
        let other = u32(r) * ${width}u + u32(c);
        ${body}
      }
    }`;
}

export const spatialAttentionKernels: OperationKernels<'spatial-attention'> = {
  forward: (e, { x, weight, bias }, { y }) => {
    const [height, width] = planeOf(x.shape);
    const body = `var total = ${bias.at('0u')};
    ${eachTap(height, width, '+', `total += ${x.at('2u * other')} * ${weight.at('tap')} + ${x.at('2u * other + 1u')} * ${weight.at('49u + tap')};`)}
    ${y.store('i', 'sigmoid(total)')}`;
    e.addPixels(y, body, { readsNeighbors: true });
  },
  gradient: (e, { x, weight, y, dy }, { dx, dWeight, dBias }) => {
    const [height, width] = planeOf(x.shape);
    const dLogit = (pixel: string): string => `${dy.at(pixel)} * ${y.at(pixel)} * (1.0 - ${y.at(pixel)})`;
    if (dx !== undefined) {
      const body = `var mean = 0.0; var largest = 0.0;
      ${eachTap(height, width, '-', `let d = ${dLogit('other')}; mean += d * ${weight.at('tap')}; largest += d * ${weight.at('49u + tap')};`)}
      ${dx.store('2u * i', 'mean')} ${dx.store('2u * i + 1u', 'largest')}`;
      e.addPixels(y, body, { name: 'input', readsNeighbors: true });
    }
    const parts = partsOf(y.size, 256, 64);
    const dWeightParts = dWeight?.inParts(parts);
    const dBiasParts = dBias?.inParts(parts);
    addRowSum(e, {
      name: 'weight',
      rows: y.size,
      parts,
      width: 99,
      terms: 1,
      prepare: `let tap = column % 49u; let channel = column / 49u;
        let down = i32(tap / 7u) * 3 - 9; let right = i32(tap % 7u) * 3 - 9;`,
      body: `
        var value = 1.0;
        if (channel < 2u) {
          let r = i32(row / ${width}u) + down; let c = i32(row % ${width}u) + right;
          value = 0.0;
          if (r >= 0 && r < ${height} && c >= 0 && c < ${width}) {
            value = ${x.at(`(u32(r) * ${width}u + u32(c)) * 2u + channel`)};
          }
        }
        sum0 += value * ${dLogit('row')};`,
      store: `if (column < 98u) { ${dWeightParts?.store('part', 'column', 'total') ?? ''} }
        else { ${dBiasParts?.store('part', '0u', 'total') ?? ''} }`,
    });
  },
};
