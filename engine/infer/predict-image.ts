/**
 * One image file to its label map at the image's own size: decoded and resized as for training, computed, and its
 * probabilities resized back before they are decided. Writes nothing.
 */
import type { LongWork } from '../contract/progress.ts';
import type { DecisionRule } from '../network/decide-label.ts';
import type { ImageProbe } from '../dataset/images/probe-image.ts';
import { prepareInput } from '../dataset/samples/prepare-sample.ts';
import type { BatchingPredictor } from './predictor.ts';
import { labelsFromProbabilities } from './resize-probabilities.ts';

export interface ImagePredictor {
  readonly predictor: BatchingPredictor;
  /** At which the network sees every image. */
  readonly size: { readonly width: number; readonly height: number };
  readonly channels: 1 | 3;
  /** K. */
  readonly classes: number;
  readonly rule: DecisionRule;
}

export interface ImageFile {
  readonly path: string;
  /** Of the upright image. */
  readonly width: number;
  readonly height: number;
  /** What its header says, where that has been read already. */
  readonly probe?: ImageProbe;
}

export interface ImagePrediction {
  /** Class indices (height, width), 0..K. */
  readonly labels: Uint8Array;
  /** Mean over the pixels of how close the two likeliest answers are: 0 sure, 1 guessing. */
  readonly uncertainty: number;
}

/**
 * @param append takes all probabilities (height, width, K) in order, in pieces of whole pixels
 * @throws ImageError as `decodeImage`
 */
export async function predictImage(
  { predictor, size, channels, classes, rule }: ImagePredictor,
  { path, width, height, probe }: ImageFile,
  append?: (values: Float32Array) => Promise<void>,
  work: LongWork = {},
): Promise<ImagePrediction> {
  const probabilities = await predictor.predict(await prepareInput(path, size, channels, probe));
  const onBand = append && (({ values }: { readonly values: Float32Array }) => append(values));
  const labels = await labelsFromProbabilities(probabilities, size, { width, height }, classes, { rule, onBand }, work);
  return { labels, uncertainty: uncertaintyOf(probabilities, classes, rule) };
}

/** @param probabilities (P, K) */
function uncertaintyOf(probabilities: Float32Array, classes: number, rule: DecisionRule): number {
  let total = 0;
  const pixels = probabilities.length / classes;
  if (classes === 1) {
    for (let at = 0; at < probabilities.length; at++) total += 1 - Math.abs(2 * probabilities[at]! - 1);
    return Math.min(1, Math.max(0, total / Math.max(1, pixels)));
  }
  for (let at = 0; at < probabilities.length; at += classes) {
    total += rule === 'sigmoid' ? leastSure(probabilities, at, classes) : 1 - margin(probabilities, at, classes);
  }
  return Math.min(1, Math.max(0, total / Math.max(1, pixels)));
}

/** Of classes that stand for themselves: the least decided one. */
function leastSure(values: Float32Array, at: number, classes: number): number {
  let least = 0;
  for (let index = 0; index < classes; index++) least = Math.max(least, 1 - Math.abs(2 * values[at + index]! - 1));
  return least;
}

/** The likeliest answer's lead over the next, background included. */
function margin(values: Float32Array, at: number, classes: number): number {
  let background = 1;
  for (let index = 0; index < classes; index++) background -= values[at + index]!;
  let [first, second] = [background, -Infinity];
  for (let index = 0; index < classes; index++) {
    const value = values[at + index]!;
    if (value > first) [first, second] = [value, first];
    else second = Math.max(second, value);
  }
  return first - second;
}
