/**
 * Bilinear ×2 upsampling. A lane for each output element; the gradient a lane for each source, which gathers from the at
 * most five rows and columns that read it: no scatter, no atomics.
 */
import { planeOf } from '../../../program/operation.ts';
import type { OperationKernels } from '../kernel.ts';
import { bilinearGather, bilinearTap, bilinearValue } from './bilinear.ts';

export const upsampleKernels: OperationKernels<'upsample'> = {
  forward: (e, { x }, { y }) => {
    const [height, width, channels] = planeOf(x.shape);
    const body = `let c = i % ${channels}u; let pixel = i / ${channels}u;
    ${bilinearTap(`(pixel / ${2 * width}u)`, height, 'R')}
    ${bilinearTap(`(pixel % ${2 * width}u)`, width, 'C')}
    ${y.store(
      'i',
      bilinearValue(width, (at) => x.at(`${at} * ${channels}u + c`)),
    )}`;
    e.addElements(y, body, { readsNeighbors: true });
  },
  gradient: (e, { dy }, { dx }) => {
    if (dx === undefined) return;
    const [height, width, channels] = planeOf(dx.shape);
    const body = `let c = i % ${channels}u; let row = i / ${channels * width}u; let column = i / ${channels}u % ${width}u;
    ${bilinearGather(height, width, (at) => dy.at(`${at} * ${channels}u + c`))}
    ${dx.store('i', 'gathered')}`;
    e.addElements(dx, body, { readsNeighbors: true });
  },
};
