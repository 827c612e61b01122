/**
 * A prediction against the labels, pixel by pixel: what came out, and its color. Not metrics: those are computed where
 * the images are.
 * Convention: an outcome is a small number that is a row of the palette; where nobody labelled there is none, and where
 * both say background there is none to show. A wrong class is false both ways, so it gets both colors, in stripes.
 */
import { background, unlabelled } from './label-image.ts';
import { paletteBytes } from './palette.ts';

export const outcomes = { none: 0, truePositive: 1, falsePositive: 2, falseNegative: 3, wrongClass: 4 } as const;

export type Outcome = (typeof outcomes)[keyof typeof outcomes];

/** The colors of a legend. Told apart with and without full color vision: by 51 (CIE 1976 ΔE) at least. */
export const confusionColors = {
  truePositive: '#009e73',
  falsePositive: '#e69f00',
  falseNegative: '#56b4e9',
} as const;

/** Of one pixel; a prediction of 255 says background. The shader's function of the same name does the same. */
export function outcomeOf(label: number, predicted: number): Outcome {
  const said = predicted === unlabelled ? background : predicted;
  if (label === unlabelled) return outcomes.none;
  if (label === said) return label === background ? outcomes.none : outcomes.truePositive;
  if (label === background) return outcomes.falsePositive;
  return said === background ? outcomes.falseNegative : outcomes.wrongClass;
}

/** (256, 4) by outcome; a wrong class has no color of its own. @param opacity 0..1 */
export function confusionPalette(opacity: number): Uint8Array<ArrayBuffer> {
  const names = ['truePositive', 'falsePositive', 'falseNegative'] as const;
  const colors = names.map((name) => ({ index: outcomes[name], color: confusionColors[name] }));
  return paletteBytes(colors, opacity);
}
