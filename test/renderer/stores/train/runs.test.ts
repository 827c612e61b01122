import { describe, expect, it } from 'vitest';
import type { ImageInfo } from '../../../../engine/contract/images.ts';
import type { EpochInfo, RunInfo } from '../../../../engine/contract/training.ts';
import { columnsOf } from '../../../../renderer/components/training/run-curves.ts';
import { differencesOf } from '../../../../renderer/components/training/run-differences.ts';
import { afterEpochs, withEpochs } from '../../../../renderer/stores/train/run-updates.ts';
import type { EpochEvent } from '../../../../renderer/stores/train/run-updates.ts';
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

describe('epochs of a run that are reported', () => {
  const event = (epoch: number, best = false) =>
    ({
      kind: 'train.epoch',
      project: '/p',
      run: 1,
      epoch: { epoch, valDice: epoch / 10 },
      best,
    }) as unknown as EpochEvent;
  const numbers = (epochs: readonly EpochInfo[]): number[] => epochs.map(({ epoch }) => epoch);

  it('replace those that a run repeats after a crash, and keep later ones that an answer has brought', () => {
    const known = [1, 2, 3, 7].map((epoch) => ({ epoch }));
    const found = withEpochs(known, [event(3), event(4)]);
    expect(numbers(found)).toEqual([1, 2, 3, 4, 7]);
    expect(found[2]).toEqual({ epoch: 3, valDice: 0.3 });
    expect(numbers(withEpochs([], [event(1)]))).toEqual([1]);
  });

  it('say how far the run is, and its best epoch where there is a new one', () => {
    const run = { epochs: { done: 2, planned: 9 }, best: { epoch: 1 } } as RunInfo;
    expect(afterEpochs(run, [event(3), event(4)])).toEqual({ ...run, epochs: { done: 4, planned: 9 } });
    const better = afterEpochs(run, [event(3, true), event(4)]);
    expect(better).toMatchObject({ epochs: { done: 4 }, best: { epoch: 3, valDice: 0.3 } });
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
