/**
 * Scales all gradients down so that their Euclidean norm is at most `maxNorm` (Pascanu et al. 2013), before the update.
 * Convention: as PyTorch's clip_grad_norm_: factor min(1, maxNorm / (norm + 1e-6)).
 */
import type { UpdateDefinition } from '../operation.ts';

export const clipGradients: UpdateDefinition = {
  kind: 'clip-gradients',
  attributes: ['maxNorm'],
  apply: ({ gradients }, { maxNorm = Infinity }) => {
    const norm = Math.sqrt(gradients.reduce((total, value) => total + value * value, 0));
    const factor = Math.min(1, maxNorm / (norm + 1e-6));
    for (let i = 0; i < gradients.length; i++) gradients[i]! *= factor;
  },
};
