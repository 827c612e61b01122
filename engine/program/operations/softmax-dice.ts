/**
 * Cross-entropy over K + 1 classes + mean Dice of the K foreground classes, from logits, for one sample. The background's
 * logit is fixed at 0 (softmax is invariant to a shift), so K outputs suffice and K = 1 equals `bce-dice`.
 * Convention: a target below 0 is unlabelled; soft targets q_1..q_K leave 1 - Σq for the background.
 */
import { channelsOf, operand, planeOf, requireExactShape, shapeAt } from '../operation.ts';
import type { OperationDefinition } from '../operation.ts';

const smooth = 1;

/**
 * Softmax with an implicit background logit of 0, of K logits from `offset`, into `into` (K).
 * @returns ln Σ e^logit
 */
export function softmaxWithBackground(logits: Float64Array, offset: number, into: Float64Array): number {
  let largest = 0;
  for (let k = 0; k < into.length; k++) largest = Math.max(largest, logits[offset + k]!);
  let total = Math.exp(-largest);
  for (let k = 0; k < into.length; k++) {
    into[k] = Math.exp(logits[offset + k]! - largest);
    total += into[k]!;
  }
  for (let k = 0; k < into.length; k++) into[k]! /= total;
  return largest + Math.log(total);
}

/** Inputs logits (H, W, K), target (H, W, K) in 0..1 or < 0; outputs loss (1), sums (3·K + 1): Σpq, Σp, Σq, labelled. */
export const softmaxDice: OperationDefinition = {
  kind: 'softmax-dice',
  attributes: [],
  infer: (inputs) => {
    const shape = planeOf('softmax-dice', shapeAt('softmax-dice', inputs, 0));
    requireExactShape('softmax-dice', 'target', shapeAt('softmax-dice', inputs, 1), shape);
    return [{ shape: [1] }, { shape: [3 * channelsOf(shape) + 1] }];
  },
  forward: (inputs, outputs) => {
    const logits = operand(inputs, 0);
    const target = operand(inputs, 1).data;
    const K = channelsOf(logits.shape);
    const sums = operand(outputs, 1).data;
    sums.fill(0);
    const p = new Float64Array(K);
    let entropy = 0;
    for (let i = 0; i < target.length; i += K) {
      if (target[i]! < 0) continue;
      entropy += softmaxWithBackground(logits.data, i, p);
      for (let k = 0; k < K; k++) {
        const q = target[i + k]!;
        entropy -= q * logits.data[i + k]!;
        sums[k]! += p[k]! * q;
        sums[K + k]! += p[k]!;
        sums[2 * K + k]! += q;
      }
      sums[3 * K]!++;
    }
    let dice = 0;
    for (let k = 0; k < K; k++) dice += (2 * sums[k]! + smooth) / (sums[K + k]! + sums[2 * K + k]! + smooth) / K;
    operand(outputs, 0).data[0] = sums[3 * K] === 0 ? 0 : entropy / sums[3 * K]! + 1 - dice;
  },
  gradient: {
    readsInputs: () => [0, 1],
    readsOutputs: [1],
    fromOutputs: () => [0],
    toInputs: () => [0],
    apply: (inputs, outputs, outputGradients, inputGradients) => {
      const logits = operand(inputs, 0);
      const target = operand(inputs, 1).data;
      const K = channelsOf(logits.shape);
      const sums = operand(outputs, 1).data;
      const seed = operand(outputGradients, 0).data[0]!;
      const dLogits = operand(inputGradients, 0).data;
      const p = new Float64Array(K);
      const dp = new Float64Array(K);
      for (let i = 0; i < target.length; i += K) {
        if (target[i]! < 0) continue;
        softmaxWithBackground(logits.data, i, p);
        let along = 0;
        for (let k = 0; k < K; k++) {
          const union = sums[K + k]! + sums[2 * K + k]! + smooth;
          const dice = (2 * sums[k]! + smooth) / union;
          dp[k] = -(2 * target[i + k]! - dice) / union / K;
          along += dp[k]! * p[k]!;
        }
        for (let k = 0; k < K; k++) {
          dLogits[i + k]! += seed * ((p[k]! - target[i + k]!) / sums[3 * K]! + p[k]! * (dp[k]! - along));
        }
      }
    },
  },
};
