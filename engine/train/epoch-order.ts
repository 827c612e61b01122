/**
 * Everything that is random in an epoch, from the run's seed alone: the order of its samples and the generator of each
 * sample's augmentation. Convention: derived from (seed, epoch, position), so there is no generator whose state would have
 * to be saved, and a resumed run draws what an uninterrupted one draws.
 */
import { Random } from '../random.ts';

const orderStream = 1;
const augmentationStream = 2;

/** Mixes numbers into one seed (the finaliser of MurmurHash3, chained), so that neighbors share nothing. */
function mixSeed(...parts: readonly number[]): number {
  let mixed = 0;
  for (const part of parts) {
    mixed = (mixed + 0x9e3779b9 + (part >>> 0)) >>> 0;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed = (mixed ^ (mixed >>> 16)) >>> 0;
  }
  return mixed;
}

/** @param epoch 1-based @returns the samples in this epoch's order */
export function epochOrder(samples: readonly number[], seed: number, epoch: number): number[] {
  return new Random(mixSeed(seed, orderStream, epoch)).shuffled(samples);
}

/** @param position of the sample in the epoch's order */
export function augmentationRandom(seed: number, epoch: number, position: number): Random {
  return new Random(mixSeed(seed, augmentationStream, epoch, position));
}
