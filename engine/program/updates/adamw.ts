/**
 * AdamW (Loshchilov & Hutter 2019) and Adam (Kingma & Ba 2015) as PyTorch computes them, without AMSGrad.
 * Convention: `adamw` shrinks the parameters by lr·weightDecay first, `adam` adds weightDecay·parameter to the gradient.
 */
import type { UpdateBlocks, UpdateDefinition, UpdateScalars } from '../operation.ts';

function moveByMoments(
  blocks: UpdateBlocks,
  i: number,
  gradient: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  { learningRate, step }: UpdateScalars,
): void {
  const m = beta1 * blocks.moment1[i]! + (1 - beta1) * gradient;
  const v = beta2 * blocks.moment2[i]! + (1 - beta2) * gradient * gradient;
  blocks.moment1[i] = m;
  blocks.moment2[i] = v;
  const denominator = Math.sqrt(v) / Math.sqrt(1 - beta2 ** step) + epsilon;
  blocks.parameters[i]! -= ((learningRate / (1 - beta1 ** step)) * m) / denominator;
}

const attributes = ['beta1', 'beta2', 'epsilon', 'weightDecay'] as const;

export const adamw: UpdateDefinition = {
  kind: 'adamw',
  attributes,
  apply: (blocks, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }, scalars) => {
    for (let i = 0; i < blocks.parameters.length; i++) {
      blocks.parameters[i]! *= 1 - scalars.learningRate * weightDecay;
      moveByMoments(blocks, i, blocks.gradients[i]!, beta1, beta2, epsilon, scalars);
    }
  },
};

export const adam: UpdateDefinition = {
  kind: 'adam',
  attributes,
  apply: (blocks, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }, scalars) => {
    for (let i = 0; i < blocks.parameters.length; i++) {
      const gradient = blocks.gradients[i]! + weightDecay * blocks.parameters[i]!;
      moveByMoments(blocks, i, gradient, beta1, beta2, epsilon, scalars);
    }
  },
};
