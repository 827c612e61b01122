/**
 * Binary cross-entropy + Dice on sigmoids, from logits, for one sample. With several classes: K sigmoids, all elements
 * in one Dice, as the reference would have it.
 * Convention: a target below 0 is unlabelled and counts in nothing; both terms are means over this sample, so a batch's
 * loss is the mean of its samples' and every sample weighs the same however much of it is labelled.
 */
import { defineOperation, planeOf, requireExactShape } from '../operation.ts';
import { sigmoid, softplus } from './activation.ts';

/** Added to both sides of the Dice fraction. */
const smooth = 1;

/** Inputs logits (H, W, K), target (H, W, K) in 0..1 or < 0; outputs loss (1), sums (4): Σpq, Σp, Σq, labelled. */
export const bceDice = defineOperation({
  kind: 'bce-dice',
  inputs: ['logits', 'target'],
  outputs: ['loss', 'sums'],
  infer: ({ logits, target }) => {
    const shape = planeOf(logits);
    requireExactShape('target', target, shape);
    return { loss: { shape: [1] }, sums: { shape: [4] } };
  },
  forward: ({ logits, target }, { loss, sums }) => {
    let entropy = 0;
    let [overlap, predicted, wanted, labelled] = [0, 0, 0, 0];
    for (let i = 0; i < logits.data.length; i++) {
      const q = target.data[i]!;
      if (q < 0) continue;
      const p = sigmoid(logits.data[i]!);
      entropy += softplus(logits.data[i]!) - q * logits.data[i]!;
      overlap += p * q;
      predicted += p;
      wanted += q;
      labelled++;
    }
    const dice = (2 * overlap + smooth) / (predicted + wanted + smooth);
    loss.data[0] = labelled === 0 ? 0 : entropy / labelled + 1 - dice;
    sums.data.set([overlap, predicted, wanted, labelled]);
  },
  gradient: {
    reads: ['logits', 'target', 'sums'],
    from: ['loss'],
    to: ['logits'],
    apply: ({ logits, target, sums, dLoss }, { dLogits }) => {
      if (dLogits === undefined) return;
      const [overlap, predicted, wanted, labelled] = sums.data as unknown as [number, number, number, number];
      const seed = dLoss.data[0]!;
      const union = predicted + wanted + smooth;
      const dice = (2 * overlap + smooth) / union;
      for (let i = 0; i < logits.data.length; i++) {
        const q = target.data[i]!;
        if (q < 0) continue;
        const p = sigmoid(logits.data[i]!);
        dLogits.data[i]! += seed * ((p - q) / labelled - ((2 * q - dice) / union) * p * (1 - p));
      }
    },
  },
});
