import { describe, expect, it } from 'vitest';
import { augmentationRandom, epochOrder } from '../../engine/train/epoch-order.ts';

const samples = Array.from({ length: 50 }, (_, i) => 100 + i);

describe('epochOrder', () => {
  it('takes every sample once, in another order in each epoch and for each seed', () => {
    const first = epochOrder(samples, 42, 1);
    expect([...first].sort((a, b) => a - b)).toEqual(samples);
    expect(epochOrder(samples, 42, 2)).not.toEqual(first);
    expect(epochOrder(samples, 43, 1)).not.toEqual(first);
  });

  it('needs no more than seed and epoch to give the same order again', () => {
    epochOrder(samples, 42, 6);
    expect(epochOrder(samples, 42, 7)).toEqual(epochOrder(samples, 42, 7));
  });
});

describe('augmentationRandom', () => {
  it('differs between neighboring seeds, epochs and positions', () => {
    const drawn = new Set<number>();
    for (const seed of [0, 1]) {
      for (const epoch of [1, 2]) {
        for (const position of [0, 1, 2, 3]) drawn.add(augmentationRandom(seed, epoch, position).uint32());
      }
    }
    expect(drawn.size).toBe(16);
  });
});
