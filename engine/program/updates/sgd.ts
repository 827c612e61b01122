/**
 * Stochastic gradient descent with momentum and weight decay, as PyTorch computes it, without dampening or Nesterov.
 * Convention: the momentum buffer is `moment1` and starts at 0.
 */
import type { UpdateDefinition } from '../operation.ts';

export const sgd: UpdateDefinition = {
  kind: 'sgd',
  attributes: ['momentum', 'weightDecay'],
  apply: (blocks, { momentum = 0, weightDecay = 0 }, { learningRate }) => {
    for (let i = 0; i < blocks.parameters.length; i++) {
      const gradient = blocks.gradients[i]! + weightDecay * blocks.parameters[i]!;
      const velocity = momentum * blocks.moment1[i]! + gradient;
      blocks.moment1[i] = velocity;
      blocks.parameters[i]! -= learningRate * velocity;
    }
  },
};
