/**
 * Binary cross-entropy + Dice on sigmoids, from logits, for one sample. With several classes: K sigmoids, all elements
 * in one Dice, as the reference would have it.
 * Convention: a target below 0 is unlabelled and counts in nothing; both terms are means over this sample, so a batch's
 * loss is the mean of its samples' and every sample weighs the same however much of it is labelled.
 */
import { operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';
import { sigmoid, softplus } from './activation.ts';

/** Added to both sides of the Dice fraction. */
const smooth = 1;

/** Inputs logits (H, W, K), target (H, W, K) in 0..1 or < 0; outputs loss (1), sums (4): Σpq, Σp, Σq, labelled. */
export const bceDice: OperationDefinition = {
  kind: 'bce-dice',
  attributes: [],
  infer: (inputs) => {
    const shape = planeOf('bce-dice', shapeAt('bce-dice', inputs, 0));
    requireExactShape('bce-dice', 'target', shapeAt('bce-dice', inputs, 1), shape);
    return [{ shape: [1] }, { shape: [4] }];
  },
  forward: (inputs, outputs) => {
    const logits = operand(inputs, 0).data;
    const target = operand(inputs, 1).data;
    let entropy = 0;
    let [overlap, predicted, wanted, labelled] = [0, 0, 0, 0];
    for (let i = 0; i < logits.length; i++) {
      const q = target[i]!;
      if (q < 0) continue;
      const p = sigmoid(logits[i]!);
      entropy += softplus(logits[i]!) - q * logits[i]!;
      overlap += p * q;
      predicted += p;
      wanted += q;
      labelled++;
    }
    const dice = (2 * overlap + smooth) / (predicted + wanted + smooth);
    operand(outputs, 0).data[0] = labelled === 0 ? 0 : entropy / labelled + 1 - dice;
    operand(outputs, 1).data.set([overlap, predicted, wanted, labelled]);
  },
  gradient: {
    readsInputs: () => [0, 1],
    readsOutputs: [1],
    fromOutputs: () => [0],
    toInputs: () => [0],
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const logits = operand(inputs, 0).data;
      const target = operand(inputs, 1).data;
      const [overlap, predicted, wanted, labelled] = operand(outputs, 1).data as unknown as [
        number,
        number,
        number,
        number,
      ];
      const seed = operand(outputGradients, 0).data[0]!;
      const dLogits = operand(inputGradients, 0).data;
      const union = predicted + wanted + smooth;
      const dice = (2 * overlap + smooth) / union;
      for (let i = 0; i < logits.length; i++) {
        const q = target[i]!;
        if (q < 0) continue;
        const p = sigmoid(logits[i]!);
        dLogits[i]! += seed * ((p - q) / labelled - ((2 * q - dice) / union) * p * (1 - p));
      }
    },
  },
};
