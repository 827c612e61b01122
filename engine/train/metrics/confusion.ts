/**
 * Counts right and wrong pixels per class, and what follows from the counts: Dice, IoU, accuracy, sensitivity,
 * specificity. No distances: `hausdorff.ts`. Convention: every class against the rest; pixels that the truth leaves
 * unlabelled (255) count in nothing. Counts are doubles, exact up to 2⁵³ pixels.
 */
import type { Metrics } from '../../contract/prediction.ts';
import { decideLabel, decideShare } from '../../network/decide-label.ts';
import type { DecisionRule } from '../../network/decide-label.ts';

export interface Confusion {
  readonly truePositive: number;
  readonly falsePositive: number;
  readonly falseNegative: number;
  readonly trueNegative: number;
}

/** Null where the definition divides by zero. */
export type ClassMetrics = Readonly<Omit<Metrics, 'hd95'>>;

/** How often each label was predicted for each true label: (K + 1, K + 1), rows are the truth; background first. */
export class ConfusionCounter {
  readonly classes: number;
  /** All that it knows, as plain data. */
  readonly counts: Float64Array;

  /** @param counts what another counter has counted so far: taken over, not copied */
  constructor(classes: number, counts: Float64Array = new Float64Array((classes + 1) ** 2)) {
    this.classes = classes;
    this.counts = counts;
  }

  /**
   * @param predicted class indices (P), 0..K
   * @param truth class indices (P), 0..K or 255
   */
  addLabels(predicted: Uint8Array, truth: Uint8Array): void {
    const side = this.classes + 1;
    const { counts } = this;
    for (let at = 0; at < truth.length; at++) {
      const label = truth[at]!;
      if (label !== 255) counts[label * side + predicted[at]!]!++;
    }
  }

  /**
   * The same from what training has at hand; both sides are decided by the rules of `decide-label.ts`, at 0.5.
   *
   * @param probabilities (P, K)
   * @param shares soft labels u8 (P, K): 0..254, 255 unlabelled
   */
  addProbabilities(probabilities: ArrayLike<number>, shares: Uint8Array, rule: DecisionRule = 'softmax'): void {
    const { classes } = this;
    for (let at = 0; at < shares.length; at += classes) {
      const label = decideShare(shares, at, classes);
      if (label === 255) continue;
      this.counts[label * (classes + 1) + decideLabel(probabilities, at, classes, rule)]!++;
    }
  }

  add(other: ConfusionCounter): void {
    for (let at = 0; at < this.counts.length; at++) this.counts[at]! += other.counts[at]!;
  }

  /** Labelled pixels seen. */
  get pixels(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** @param index 1..K */
  of(index: number): Confusion {
    const side = this.classes + 1;
    let inTruth = 0;
    let inPrediction = 0;
    for (let label = 0; label < side; label++) {
      inTruth += this.counts[index * side + label]!;
      inPrediction += this.counts[label * side + index]!;
    }
    const truePositive = this.counts[index * side + index]!;
    return {
      truePositive,
      falsePositive: inPrediction - truePositive,
      falseNegative: inTruth - truePositive,
      trueNegative: this.pixels - inTruth - inPrediction + truePositive,
    };
  }

  /** All classes, in order. */
  all(): Confusion[] {
    return Array.from({ length: this.classes }, (_, at) => this.of(at + 1));
  }
}

const quotient = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/**
 * @param bothEmpty what Dice and IoU are where neither truth nor prediction has the class: null for figures pooled over
 *   images, 1 for a single image, which then is entirely right
 */
export function metricsOf(confusion: Confusion, bothEmpty: null | 1): ClassMetrics {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = confusion;
  const seen = tp + fp + fn + tn > 0;
  return {
    dice: quotient(2 * tp, 2 * tp + fp + fn) ?? (seen ? bothEmpty : null),
    iou: quotient(tp, tp + fp + fn) ?? (seen ? bothEmpty : null),
    accuracy: quotient(tp + tn, tp + fp + fn + tn),
    sensitivity: quotient(tp, tp + fn),
    specificity: quotient(tn, tn + fp),
  };
}

/** The mean of those that are defined; null when none is. */
function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return quotient(
    defined.reduce((sum, value) => sum + value, 0),
    defined.length,
  );
}

/** The mean of each metric over classes (or images), of those where it is defined. */
export function meanMetrics<Name extends keyof Metrics>(
  list: readonly Readonly<Record<Name, number | null>>[],
  names: readonly Name[],
): Readonly<Record<Name, number | null>> {
  const means = names.map((name) => [name, meanOf(list.map((metrics) => metrics[name]))]);
  return Object.fromEntries(means) as Record<Name, number | null>;
}
