/** Evaluation of images: per image, pooled, means, order. */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../engine/random.ts';
import { diceOfImage, evaluateImage, summarise, worstFirst } from '../../../engine/train/metrics/evaluate-metrics.ts';

const size = { width: 4, height: 2 };
const evaluate = (predicted: number[], truth: number[], classes = 1): ReturnType<typeof evaluateImage> =>
  evaluateImage(Uint8Array.from(predicted), Uint8Array.from(truth), size, classes);

const half = evaluate([1, 1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 1, 0, 0, 0]);
const right = evaluate([1, 1, 1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1, 0, 255]);
const empty = evaluate([0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]);
const missed = evaluate([0, 0, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 0]);

describe('the evaluation of an image', () => {
  it('has the metrics of its pixels and the distance of its outlines', () => {
    expect(half.mean).toEqual({
      dice: 0.5,
      iou: 1 / 3,
      accuracy: 0.75,
      sensitivity: 0.5,
      specificity: 5 / 6,
      hd95: 0.95,
    });
    expect(right.mean).toEqual({ dice: 1, iou: 1, accuracy: 1, sensitivity: 1, specificity: 1, hd95: 0 });
  });

  it('of empty masks is right, but knows neither sensitivity nor distance', () => {
    expect(empty.mean).toEqual({ dice: 1, iou: 1, accuracy: 1, sensitivity: null, specificity: 1, hd95: null });
    expect(missed.mean).toMatchObject({ dice: 0, sensitivity: 0, hd95: null });
  });

  it('of several classes is their mean', () => {
    const two = evaluate([1, 1, 2, 2, 0, 0, 0, 0], [1, 1, 2, 0, 0, 0, 0, 0], 2);
    expect(two.classes.map(({ dice }) => dice)).toEqual([1, 2 / 3]);
    expect(two.mean.dice).toBeCloseTo(5 / 6, 12);
  });

  it('has a Dice that can be had alone, with the same value', async () => {
    const random = new Random(4);
    for (const classes of [1, 3]) {
      const draw = (): Uint8Array => Uint8Array.from({ length: 1_500_000 }, () => random.integer(classes + 1));
      const [predicted, truth] = [draw(), draw().fill(255, 10, 400_000)];
      const whole = evaluateImage(predicted, truth, { width: 1500, height: 1000 }, classes);
      expect(await diceOfImage(predicted, truth, classes)).toBe(whole.mean.dice);
    }
    expect(await diceOfImage(new Uint8Array(8), new Uint8Array(8), 1)).toBe(1);
    expect(await diceOfImage(new Uint8Array(8), new Uint8Array(8).fill(255), 1)).toBeNull();
  });

  it('of unlabelled images only is undefined', () => {
    const nothing = evaluate([1, 1, 0, 0, 0, 0, 0, 0], Array<number>(8).fill(255));
    expect(nothing.mean).toEqual({
      dice: null,
      iou: null,
      accuracy: null,
      sensitivity: null,
      specificity: null,
      hd95: null,
    });
  });
});

describe('the summary of an evaluation', () => {
  it('pools all pixels, and takes the mean over the images where a value is defined', () => {
    const { pooled, perImage } = summarise([half, right, empty, missed], 1);
    expect(pooled.classes[0]).toMatchObject({ truePositive: 7, falsePositive: 1, falseNegative: 2, trueNegative: 21 });
    expect(pooled.dice).toBeCloseTo(14 / 17, 12);
    expect(perImage.dice).toBeCloseTo((0.5 + 1 + 1 + 0) / 4, 12);
    expect(perImage.sensitivity).toBeCloseTo((0.5 + 1 + 0) / 3, 12);
    expect(perImage.hd95).toBeCloseTo(0.95 / 2, 12);
  });

  it('knows no Dice for a class that occurs nowhere, where the images alone are all right', () => {
    const { pooled, perImage } = summarise([empty, empty], 1);
    expect([pooled.dice, perImage.dice]).toEqual([null, 1]);
  });

  it('lists the worst image first', () => {
    expect(worstFirst([right, half, empty, missed])).toEqual([missed, half, right, empty]);
  });
});
