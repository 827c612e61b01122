/** What a prediction is told to be against the labels, and whether everybody can tell it. */
import { expect, test } from 'vitest';
import { confusionColors, outcomeOf, outcomes } from '../../../renderer/canvas/confusion.ts';
import { leastDifference } from '../../../renderer/canvas/palette.ts';

test('every pair of label and prediction has its outcome; where nobody labelled there is none', () => {
  const { none, truePositive, falsePositive, falseNegative, wrongClass } = outcomes;
  expect(outcomeOf(2, 2)).toBe(truePositive);
  expect(outcomeOf(0, 0)).toBe(none);
  expect(outcomeOf(0, 255)).toBe(none);
  expect(outcomeOf(0, 3)).toBe(falsePositive);
  expect(outcomeOf(3, 0)).toBe(falseNegative);
  expect(outcomeOf(3, 255)).toBe(falseNegative);
  expect(outcomeOf(1, 2)).toBe(wrongClass);
  for (const predicted of [0, 1, 254, 255]) expect(outcomeOf(255, predicted)).toBe(none);
});

test('the three colors are told apart by everybody, five times as well as two classes have to be', () => {
  const { truePositive, falsePositive, falseNegative } = confusionColors;
  expect(leastDifference(truePositive, falsePositive)).toBeGreaterThan(50);
  expect(leastDifference(truePositive, falseNegative)).toBeGreaterThan(50);
  expect(leastDifference(falsePositive, falseNegative)).toBeGreaterThan(50);
});
