/**
 * GroupNorm → bilinear ×2 → GELU, + an optional skip. Upsampling is linear, so it is done on the normalized values; the
 * gradient keeps dy · gelu′ of the large plane once and gathers it at the sources.
 */
import { planeOf } from '../../../program/operation.ts';
import type { OperationKernels } from '../kernel.ts';
import { bilinearGather, bilinearTap, bilinearValue } from './bilinear.ts';
import { addGroupStatistics, addNormSums, hatOf, inputGradientOf } from './group-norm.ts';

export const groupnormUpsampleGeluKernels: OperationKernels<'groupnorm-upsample-gelu'> = {
  forward: (e, { skip, ...inputs }, { y, statistics }) => {
    const { x, weight, bias } = inputs;
    const norm = { ...inputs, statistics };
    const [height, width, channels] = planeOf(x.shape);
    addGroupStatistics(e, x, statistics);
    const body = `let c = i % ${channels}u; let pixel = i / ${channels}u;
    ${bilinearTap(`(pixel / ${2 * width}u)`, height, 'R')}
    ${bilinearTap(`(pixel % ${2 * width}u)`, width, 'C')}
    let hat = ${bilinearValue(width, (at) => hatOf(norm, `${at} * ${channels}u + c`, 'c'))};
    ${y.store('i', `gelu(hat * ${weight.at('c')} + ${bias.at('c')}) + ${skip?.at('i') ?? '0.0'}`)}`;
    e.addElements(y, body, { readsNeighbors: true });
  },
  gradient: (e, { dy, ...norm }, { dx, dWeight, dBias, dSkip }) => {
    const { x, weight, bias } = norm;
    const [height, width, channels] = planeOf(x.shape);
    const dValue = e.temporary(dy.shape);
    const at = `row * ${channels}u + column`;
    const sums = addNormSums(e, norm, {
      dWeight,
      dBias,
      rows: dy.size / channels,
      body: `
        ${bilinearTap(`(row / ${2 * width}u)`, height, 'R')}
        ${bilinearTap(`(row % ${2 * width}u)`, width, 'C')}
        let hat = ${bilinearValue(width, (pixel) => hatOf(norm, `${pixel} * ${channels}u + column`, 'column'))};
        let d = ${dy.at(at)} * geluDerivative(hat * ${weight.at('column')} + ${bias.at('column')});
        ${dValue.store(at, 'd')}
        sum0 += d * hat; sum1 += d;`,
    });
    if (dx !== undefined) {
      const body = `let c = i % ${channels}u; let row = i / ${channels * width}u; let column = i / ${channels}u % ${width}u;
      ${bilinearGather(height, width, (pixel) => dValue.at(`${pixel} * ${channels}u + c`))}
      ${dx.store('i', inputGradientOf(norm, sums, 'i', 'c', 'gathered'))}`;
      e.addElements(x, body, { name: 'input', readsNeighbors: true });
    }
    if (dSkip !== undefined) e.addElements(dy, dSkip.store('i', dy.at('i')), { name: 'skip' });
  },
};
