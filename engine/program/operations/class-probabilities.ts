/**
 * Logits to probabilities: K independent sigmoids, or softmax over K + 1 with the background's logit fixed at 0.
 * Convention: attribute `softmax` 0 or 1; the background's probability is 1 - Σ and is not stored.
 */
import { channelsOf, operand, planeOf, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { sigmoid } from './activation.ts';
import { softmaxWithBackground } from './softmax-dice.ts';

/** Input logits (H, W, K); output of that shape in 0..1. No gradient: losses work from logits. */
export const classProbabilities: OperationDefinition = {
  kind: 'class-probabilities',
  attributes: ['softmax'],
  infer: (inputs) => [{ shape: planeOf('class-probabilities', shapeAt('class-probabilities', inputs, 0)) }],
  forward: (inputs, outputs, attributes) => {
    const logits = operand(inputs, 0);
    const y = operand(outputs, 0).data;
    if (attributes['softmax'] !== 1) {
      for (let i = 0; i < y.length; i++) y[i] = sigmoid(logits.data[i]!);
      return;
    }
    const K = channelsOf(logits.shape);
    for (let i = 0; i < y.length; i += K) softmaxWithBackground(logits.data, i, y.subarray(i, i + K));
  },
};
