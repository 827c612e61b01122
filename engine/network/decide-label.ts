/**
 * From the probabilities of a pixel's classes to its one class index: the rule by which training, evaluation and
 * prediction all decide. Convention: `softmax` is for classes that share their probability with the background (and for
 * the one class of a sigmoid), `sigmoid` for several classes with a probability each of their own.
 */

export type DecisionRule = 'softmax' | 'sigmoid';

/**
 * The class with the largest probability, if that is not below the background's: 1 − Σ with softmax, 0.5 with sigmoid.
 * For one class both say: at least 0.5. Of equal classes the first wins.
 * @param values probabilities of pixel after pixel (…, K)
 * @param at where the pixel's K values begin
 * @param whole what all classes and the background have together
 * @returns 0 background, 1..K
 */
export function decideLabel(
  values: ArrayLike<number>,
  at: number,
  classes: number,
  rule: DecisionRule,
  whole = 1,
): number {
  let best = -1;
  let chosen = 0;
  let sum = 0;
  for (let index = 0; index < classes; index++) {
    const value = values[at + index]!;
    sum += value;
    if (value > best) {
      best = value;
      chosen = index + 1;
    }
  }
  return best >= (rule === 'softmax' ? whole - sum : 0.5) ? chosen : 0;
}

/** The same for a prepared sample. @param shares u8 0..254 (…, K), 255 unlabelled @returns 0..K, 255 unlabelled */
export function decideShare(shares: Uint8Array, at: number, classes: number): number {
  return shares[at] === 255 ? 255 : decideLabel(shares, at, classes, 'softmax', 254);
}
