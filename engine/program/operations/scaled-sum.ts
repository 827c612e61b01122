/**
 * y = a + s · b with one trained scale s: the PVM layer's `mamba(chunk) + skip_scale · chunk`.
 * Convention: a and b have one shape, s has one element.
 */
import { operand, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';

/** Inputs a, b (any shape), s (1); output of a's shape. */
export const scaledSum: OperationDefinition = {
  kind: 'scaled-sum',
  attributes: [],
  infer: (inputs) => {
    const a = shapeAt('scaled-sum', inputs, 0);
    requireExactShape('scaled-sum', 'b', shapeAt('scaled-sum', inputs, 1), a);
    requireExactShape('scaled-sum', 'the scale', shapeAt('scaled-sum', inputs, 2), [1]);
    return [{ shape: a }];
  },
  forward: (inputs, outputs) => {
    const a = operand(inputs, 0).data;
    const b = operand(inputs, 1).data;
    const scale = operand(inputs, 2).data[0]!;
    const y = operand(outputs, 0).data;
    for (let i = 0; i < y.length; i++) y[i] = a[i]! + scale * b[i]!;
  },
  gradient: {
    readsInputs: () => [1, 2],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0, 1, 2],
    passesThrough: 0,
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const b = operand(inputs, 1).data;
      const scale = operand(inputs, 2).data[0]!;
      const dy = operand(outputGradients, 0).data;
      const [da, db, dScale] = inputGradients;
      let total = 0;
      for (let i = 0; i < dy.length; i++) {
        if (da !== undefined) da.data[i]! += dy[i]!;
        if (db !== undefined) db.data[i]! += scale * dy[i]!;
        total += dy[i]! * b[i]!;
      }
      if (dScale !== undefined) dScale.data[0]! += total;
    },
  },
};
