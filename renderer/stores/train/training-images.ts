/** Which images there are to train on, and whether they are enough. Pure. */
import type { ImageInfo } from '../../../engine/contract/images.ts';

export interface TrainingImages {
  /** With labels, and their files there. */
  readonly labelled: number;
  readonly parts: { readonly train: number; readonly val: number; readonly test: number };
  /** Labelled, and in no part of the split yet. */
  readonly fresh: number;
  readonly divided: boolean;
  /** How many are needed: one for each part. */
  readonly least: number;
  /** From how many on the result says something. */
  readonly advised: number;
}

const least = 3;
const advised = 10;

export function trainingImages(images: readonly ImageInfo[], divided: boolean): TrainingImages {
  const parts = { train: 0, val: 0, test: 0 };
  let [labelled, fresh] = [0, 0];
  for (const { labelled: has, missing, part } of images) {
    if (!has || missing) continue;
    labelled++;
    if (part === undefined) fresh++;
    else parts[part]++;
  }
  return { labelled, parts, fresh, divided, least, advised };
}

export function canTrain({ labelled }: TrainingImages): boolean {
  return labelled >= least;
}
