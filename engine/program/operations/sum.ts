/**
 * y = a + b, element by element. The builder uses it to add gradients that it cannot accumulate in place.
 * Convention: same shapes, no broadcasting.
 */
import { defineOperation, requireExactShape } from '../operation.ts';

/** Inputs a, b of one shape; output of that shape. */
export const sum = defineOperation({
  kind: 'sum',
  inputs: ['a', 'b'],
  outputs: ['y'],
  infer: ({ a, b }) => {
    requireExactShape('b', b, a);
    return { y: { shape: a } };
  },
  forward: ({ a, b }, { y }) => {
    for (let i = 0; i < y.data.length; i++) y.data[i] = a.data[i]! + b.data[i]!;
  },
  gradient: {
    reads: [],
    from: ['y'],
    to: ['a', 'b'],
    apply: ({ dy }, { da, db }) => {
      for (const target of [da, db]) {
        if (target === undefined) continue;
        for (let i = 0; i < dy.data.length; i++) target.data[i]! += dy.data[i]!;
      }
    },
  },
});
