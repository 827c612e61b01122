/**
 * y = a + s · b with one trained scale s: the PVM layer's `mamba(chunk) + skip_scale · chunk`.
 * Convention: a and b have one shape, s has one element.
 */
import { defineOperation, requireExactShape } from '../operation.ts';

/** Inputs a, b (any shape), s (1); output of a's shape. */
export const scaledSum = defineOperation({
  kind: 'scaled-sum',
  inputs: ['a', 'b', 'scale'],
  outputs: ['y'],
  infer: ({ a, b, scale }) => {
    requireExactShape('b', b, a);
    requireExactShape('the scale', scale, [1]);
    return { y: { shape: a } };
  },
  forward: ({ a, b, scale }, { y }) => {
    for (let i = 0; i < y.data.length; i++) y.data[i] = a.data[i]! + scale.data[0]! * b.data[i]!;
  },
  gradient: {
    reads: ['b', 'scale'],
    from: ['y'],
    to: ['a', 'b', 'scale'],
    passesThrough: 'a',
    apply: ({ b, scale, dy }, { da, db, dScale }) => {
      let total = 0;
      for (let i = 0; i < dy.data.length; i++) {
        if (da !== undefined) da.data[i]! += dy.data[i]!;
        if (db !== undefined) db.data[i]! += scale.data[0]! * dy.data[i]!;
        total += dy.data[i]! * b.data[i]!;
      }
      if (dScale !== undefined) dScale.data[0]! += total;
    },
  },
});
