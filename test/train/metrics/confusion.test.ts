/** Counting pixels and the metrics that follow: against plain counting, with classes, unlabelled pixels, empty masks. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../engine/random.ts';
import { ConfusionCounter, meanMetrics, metricsOf } from '../../../engine/train/metrics/confusion.ts';

const undefinedEverywhere = { dice: null, iou: null, accuracy: null, sensitivity: null, specificity: null };

describe('counting pixels', () => {
  it('takes every class against the rest and leaves unlabelled pixels out', () => {
    const random = new Random(1);
    const truth = Uint8Array.from({ length: 500 }, () => [0, 1, 2, 3, 255][random.integer(5)]!);
    const predicted = Uint8Array.from({ length: 500 }, () => random.integer(4));
    const counter = new ConfusionCounter(3);
    counter.addLabels(predicted.subarray(0, 200), truth.subarray(0, 200));
    counter.addLabels(predicted.subarray(200), truth.subarray(200));
    const where = (test: (p: number, t: number) => boolean): number =>
      truth.filter((t, at) => t !== 255 && test(predicted[at]!, t)).length;
    for (const index of [1, 2, 3]) {
      expect(counter.of(index)).toEqual({
        truePositive: where((p, t) => p === index && t === index),
        falsePositive: where((p, t) => p === index && t !== index),
        falseNegative: where((p, t) => p !== index && t === index),
        trueNegative: where((p, t) => p !== index && t !== index),
      });
    }
    expect(counter.pixels).toBe(where(() => true));
  });

  it('decides probabilities and soft labels at one half, which counts as foreground', () => {
    const counter = new ConfusionCounter(1);
    counter.addProbabilities(Float32Array.of(0.5, 0.49, 0.9, 0.1, 0.9, 0.2), Uint8Array.of(127, 127, 126, 0, 255, 255));
    expect(counter.of(1)).toEqual({ truePositive: 1, falsePositive: 1, falseNegative: 1, trueNegative: 1 });
  });

  it('decides between several classes and the background by the largest', () => {
    const counter = new ConfusionCounter(2);
    const probabilities = Float32Array.of(0.4, 0.35, 0.3, 0.2, 0.1, 0.8);
    counter.addProbabilities(probabilities, Uint8Array.of(254, 0, 100, 100, 0, 254));
    expect(counter.of(1)).toMatchObject({ truePositive: 1, falsePositive: 0, falseNegative: 1 });
    expect(counter.of(2)).toMatchObject({ truePositive: 1, falsePositive: 0, falseNegative: 0 });
    const separate = new ConfusionCounter(2);
    separate.addProbabilities(probabilities, Uint8Array.of(254, 0, 100, 100, 0, 254), 'sigmoid');
    expect(separate.of(1)).toMatchObject({ truePositive: 0, falseNegative: 2 });
  });

  it('of several images is pooled by adding', () => {
    const [a, b] = [new ConfusionCounter(1), new ConfusionCounter(1)];
    a.addLabels(Uint8Array.of(1, 1), Uint8Array.of(1, 0));
    b.addLabels(Uint8Array.of(0, 1), Uint8Array.of(1, 1));
    a.add(b);
    expect(a.of(1)).toEqual({ truePositive: 2, falsePositive: 1, falseNegative: 1, trueNegative: 0 });
  });
});

describe('metrics', () => {
  it('follow from the counts', () => {
    expect(metricsOf({ truePositive: 6, falsePositive: 2, falseNegative: 4, trueNegative: 8 }, null)).toEqual({
      dice: 12 / 18,
      iou: 6 / 12,
      accuracy: 14 / 20,
      sensitivity: 6 / 10,
      specificity: 8 / 10,
    });
  });

  it('are undefined where they divide by zero, except that an image without the class is right for Dice and IoU', () => {
    const empty = { truePositive: 0, falsePositive: 0, falseNegative: 0, trueNegative: 9 };
    expect(metricsOf(empty, null)).toEqual({ ...undefinedEverywhere, accuracy: 1, specificity: 1 });
    expect(metricsOf(empty, 1)).toEqual({ dice: 1, iou: 1, accuracy: 1, sensitivity: null, specificity: 1 });
    expect(metricsOf({ ...empty, trueNegative: 0 }, 1)).toEqual(undefinedEverywhere);
    const allForeground = metricsOf({ ...empty, trueNegative: 0, truePositive: 5 }, 1);
    expect(allForeground).toEqual({ dice: 1, iou: 1, accuracy: 1, sensitivity: 1, specificity: null });
  });

  it('have means over where they are defined', () => {
    const list = [
      { dice: 0.5, iou: 1, accuracy: null, sensitivity: null, specificity: 1 },
      { dice: 1, iou: null, accuracy: null, sensitivity: 0.5, specificity: 0 },
    ];
    const mean = meanMetrics(list, ['dice', 'iou', 'accuracy', 'sensitivity', 'specificity']);
    expect(mean).toEqual({ dice: 0.75, iou: 1, accuracy: null, sensitivity: 0.5, specificity: 0.5 });
  });
});
