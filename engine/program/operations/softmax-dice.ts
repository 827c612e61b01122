/**
 * Cross-entropy over K + 1 classes + mean Dice of the K foreground classes, from logits, for one sample. The background's
 * logit is fixed at 0 (softmax is invariant to a shift), so K outputs suffice and K = 1 equals `bce-dice`.
 * Convention: a target below 0 is unlabelled; soft targets q_1..q_K leave 1 - Σq for the background.
 */
import { channelsOf, defineOperation, planeOf, requireExactShape } from '../operation.ts';

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
export const softmaxDice = defineOperation({
  kind: 'softmax-dice',
  inputs: ['logits', 'target'],
  outputs: ['loss', 'sums'],
  infer: ({ logits, target }) => {
    const shape = planeOf(logits);
    requireExactShape('target', target, shape);
    return { loss: { shape: [1] }, sums: { shape: [3 * channelsOf(shape) + 1] } };
  },
  forward: ({ logits, target }, { loss, sums }) => {
    const K = channelsOf(logits.shape);
    sums.data.fill(0);
    const p = new Float64Array(K);
    let entropy = 0;
    for (let i = 0; i < target.data.length; i += K) {
      if (target.data[i]! < 0) continue;
      entropy += softmaxWithBackground(logits.data, i, p);
      for (let k = 0; k < K; k++) {
        const q = target.data[i + k]!;
        entropy -= q * logits.data[i + k]!;
        sums.data[k]! += p[k]! * q;
        sums.data[K + k]! += p[k]!;
        sums.data[2 * K + k]! += q;
      }
      sums.data[3 * K]!++;
    }
    let dice = 0;
    for (let k = 0; k < K; k++) {
      dice += (2 * sums.data[k]! + smooth) / (sums.data[K + k]! + sums.data[2 * K + k]! + smooth) / K;
    }
    loss.data[0] = sums.data[3 * K] === 0 ? 0 : entropy / sums.data[3 * K]! + 1 - dice;
  },
  gradient: {
    reads: ['logits', 'target', 'sums'],
    from: ['loss'],
    to: ['logits'],
    apply: ({ logits, target, sums, dLoss }, { dLogits }) => {
      if (dLogits === undefined) return;
      const K = channelsOf(logits.shape);
      const seed = dLoss.data[0]!;
      const p = new Float64Array(K);
      const dp = new Float64Array(K);
      for (let i = 0; i < target.data.length; i += K) {
        if (target.data[i]! < 0) continue;
        softmaxWithBackground(logits.data, i, p);
        let along = 0;
        for (let k = 0; k < K; k++) {
          const union = sums.data[K + k]! + sums.data[2 * K + k]! + smooth;
          const dice = (2 * sums.data[k]! + smooth) / union;
          dp[k] = -(2 * target.data[i + k]! - dice) / union / K;
          along += dp[k]! * p[k]!;
        }
        for (let k = 0; k < K; k++) {
          dLogits.data[i + k]! += seed * ((p[k]! - target.data[i + k]!) / sums.data[3 * K]! + p[k]! * (dp[k]! - along));
        }
      }
    },
  },
});
