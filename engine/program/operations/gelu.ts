/**
 * y = GELU(x), exact (erf). After encoder 6, which has neither norm nor resize.
 * Convention: element by element, any shape.
 */
import { defineOperation } from '../operation.ts';
import { gelu as geluOf, geluDerivative } from './activation.ts';

/** Input x of any shape; output of that shape. */
export const gelu = defineOperation({
  kind: 'gelu',
  inputs: ['x'],
  outputs: ['y'],
  infer: ({ x }) => ({ y: { shape: x } }),
  forward: ({ x }, { y }) => {
    for (let i = 0; i < y.data.length; i++) y.data[i] = geluOf(x.data[i]!);
  },
  gradient: {
    reads: ['x'],
    from: ['y'],
    to: ['x'],
    apply: ({ x, dy }, { dx }) => {
      if (dx === undefined) return;
      for (let i = 0; i < dx.data.length; i++) dx.data[i]! += dy.data[i]! * geluDerivative(x.data[i]!);
    },
  },
});
