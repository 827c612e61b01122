/**
 * Logits to probabilities: K independent sigmoids, or softmax over K + 1 with the background's logit fixed at 0.
 * Convention: attribute `softmax` 0 or 1; the background's probability is 1 - Σ and is not stored.
 */
import { channelsOf, defineOperation, planeOf } from '../operation.ts';
import { sigmoid } from './activation.ts';
import { softmaxWithBackground } from './softmax-dice.ts';

/** Input logits (H, W, K); output of that shape in 0..1. No gradient: losses work from logits. */
export const classProbabilities = defineOperation({
  kind: 'class-probabilities',
  attributes: ['softmax'],
  inputs: ['logits'],
  outputs: ['y'],
  infer: ({ logits }) => ({ y: { shape: planeOf(logits) } }),
  forward: ({ logits }, { y }, attributes) => {
    if (attributes['softmax'] !== 1) {
      for (let i = 0; i < y.data.length; i++) y.data[i] = sigmoid(logits.data[i]!);
      return;
    }
    const K = channelsOf(logits.shape);
    for (let i = 0; i < y.data.length; i += K) softmaxWithBackground(logits.data, i, y.data.subarray(i, i + K));
  },
});
