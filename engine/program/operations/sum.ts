/**
 * y = a + b, element by element. The builder uses it to add gradients that it cannot accumulate in place.
 * Convention: same shapes, no broadcasting.
 */
import { everyPosition, operand, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';

/** Inputs a, b of one shape; output of that shape. */
export const sum: OperationDefinition = {
  kind: 'sum',
  attributes: [],
  infer: (inputs) => {
    const a = shapeAt('sum', inputs, 0);
    requireExactShape('sum', 'b', shapeAt('sum', inputs, 1), a);
    return [{ shape: a }];
  },
  forward: (inputs, outputs) => {
    const a = operand(inputs, 0).data;
    const b = operand(inputs, 1).data;
    const y = operand(outputs, 0).data;
    for (let i = 0; i < y.length; i++) y[i] = a[i]! + b[i]!;
  },
  gradient: {
    readsInputs: () => [],
    readsOutputs: [],
    fromOutputs: everyPosition,
    toInputs: everyPosition,
    apply: (_inputs, _outputs, outputGradients, inputGradients) => {
      const dy = operand(outputGradients, 0).data;
      for (const target of inputGradients) {
        if (target === undefined) continue;
        for (let i = 0; i < dy.length; i++) target.data[i]! += dy[i]!;
      }
    },
  },
};
