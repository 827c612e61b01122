/**
 * y = GELU(x), exact (erf). After encoder 6, which has neither norm nor resize.
 * Convention: element by element, any shape.
 */
import { operand, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { gelu as geluOf, geluDerivative } from './activation.ts';

/** Input x of any shape; output of that shape. */
export const gelu: OperationDefinition = {
  kind: 'gelu',
  attributes: [],
  infer: (inputs) => [{ shape: shapeAt('gelu', inputs, 0) }],
  forward: (inputs, outputs) => {
    const x = operand(inputs, 0).data;
    const y = operand(outputs, 0).data;
    for (let i = 0; i < y.length; i++) y[i] = geluOf(x[i]!);
  },
  gradient: {
    readsInputs: () => [0],
    readsOutputs: [],
    fromOutputs: () => [0],
    toInputs: () => [0],
    apply: (inputs, _outputs, outputGradients, inputGradients) => {
      const x = operand(inputs, 0).data;
      const dy = operand(outputGradients, 0).data;
      const dx = operand(inputGradients, 0).data;
      for (let i = 0; i < dx.length; i++) dx[i]! += dy[i]! * geluDerivative(x[i]!);
    },
  },
};
