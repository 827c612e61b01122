import { describe, expect, it } from 'vitest';
import type { ImageInfo } from '../../../../engine/contract/images.ts';
import type { RunInfo } from '../../../../engine/contract/training.ts';
import { columnsOf } from '../../../../renderer/components/training/run-curves.ts';
import { differencesOf } from '../../../../renderer/components/training/run-differences.ts';
import { canTrain, trainingImages } from '../../../../renderer/stores/train/training-images.ts';

describe('curves of runs', () => {
  it('share one axis; what a run did not measure or has not reached is a gap', () => {
    const curve = { label: '', color: '', measure: 'valDice' } as const;
    const columns = columnsOf([
      { ...curve, epochs: [{ epoch: 1, valDice: 0.1 }, { epoch: 2 }, { epoch: 3, valDice: 0.3 }] },
      { ...curve, epochs: [{ epoch: 1, valDice: 0.5 }] },
      { ...curve, epochs: [] },
    ]);
    expect(columns).toEqual([
      [1, 2, 3],
      [0.1, null, 0.3],
      [0.5, null, null],
      [null, null, null],
    ]);
    expect(columnsOf([])).toEqual([[]]);
  });
});

describe('runs that are compared', () => {
  it('are told apart by the settings in which they differ, and by no others', () => {
    const run = (id: number, settings: RunInfo['settings'], widths: number[]): RunInfo =>
      ({ id, settings: { seed: id, epochs: 5, ...settings }, network: { widths } }) as unknown as RunInfo;
    const found = differencesOf([
      run(1, { learningRate: 0.001, batch: 8, optimiser: { kind: 'adamw', beta1: 0.9 } }, [8, 16]),
      run(
        2,
        { learningRate: 0.002, batch: 8, optimiser: { kind: 'sgd' }, warmStart: '/a/b/best.safetensors' },
        [8, 16],
      ),
    ]);
    const words = (id: number): string[] | undefined => found.get(id)?.map(({ key, value }) => `${key} ${value}`);
    expect(words(1)).toEqual(['learningRate 0.001', 'optimiser.kind adamw', 'optimiser.beta1 0.9']);
    expect(words(2)).toEqual(['learningRate 0.002', 'optimiser.kind sgd', 'warmStart b/best.safetensors']);
    expect(differencesOf([run(1, {}, [8])]).get(1)).toEqual([]);
  });
});

describe('images to train on', () => {
  const image = (more: Partial<ImageInfo>): ImageInfo =>
    ({ labelled: true, missing: false, state: 'in-progress', ...more }) as ImageInfo;

  it('are those with labels whose files are there, done or not; new ones are told apart', () => {
    const images = [
      image({ part: 'train' }),
      image({ part: 'val', state: 'done' }),
      image({}),
      image({ labelled: false }),
      image({ missing: true, part: 'test' }),
    ];
    const found = trainingImages(images, true);
    expect(found).toMatchObject({ labelled: 3, fresh: 1, parts: { train: 1, val: 1, test: 0 } });
    expect(canTrain(found)).toBe(true);
    expect(canTrain(trainingImages(images.slice(3), false))).toBe(false);
  });
});
