/**
 * The expected rates were printed by PyTorch 2.15: AdamW with lr 1e-3 over one parameter, the scheduler of the same name
 * stepped once per epoch, the rate read before each epoch; 'warm-up-cosine' is LambdaLR with the reference's WP_CosineLR.
 */
import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../engine/train/schedule.ts';
import { parseTrainingSettings } from '../../engine/train/training-settings.ts';
import type { TrainingSettingsInput } from '../../engine/contract/training-settings.ts';

const base = 1e-3;

function rates(schedule: TrainingSettingsInput['schedule'], epochs: number, losses: readonly number[] = []): number[] {
  const parsed = parseTrainingSettings({ schedule, epochs }).schedule;
  return Array.from({ length: epochs }, (_, epoch) => learningRateAt(parsed, base, epoch, epochs, losses));
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((rate, epoch) => {
    expect(Math.abs(rate - expected[epoch]!), `epoch ${epoch}`).toBeLessThan(1e-15);
  });
}

describe('learningRateAt', () => {
  it('falls and rises again as CosineAnnealingLR with T_max 50 and eta_min 1e-5 does', () => {
    const found = rates({ kind: 'cosine' }, 160);
    const at = [0, 1, 10, 25, 49, 50, 51, 75, 99, 100, 101, 149, 150];
    expectClose(
      at.map((epoch) => found[epoch]!),
      [
        0.001, 0.0009990232305719944, 0.0009054634122155987, 0.0005049999999999998, 1.0976769428005579e-5, 1e-5,
        1.0976769428005579e-5, 0.0005049999999999995, 0.0009990232305719935, 0.0009999999999999992,
        0.0009990232305719935, 1.0976769428005579e-5, 1e-5,
      ],
    );
  });

  it('halves every third epoch as StepLR does, and by default in five steps', () => {
    expectClose(
      rates({ kind: 'step', period: 3, factor: 0.5 }, 9),
      [0.001, 0.001, 0.001, 0.0005, 0.0005, 0.0005, 0.00025, 0.00025, 0.00025],
    );
    expect(new Set(rates({ kind: 'step' }, 50)).size).toBe(5);
  });

  it("warms up and falls as the reference's WP_CosineLR does, from 0 in its first epoch", () => {
    expectClose(
      rates({ kind: 'warm-up-cosine', warmUp: 3 }, 10),
      [
        0, 0.0003333333333333333, 0.0006666666666666666, 0.001, 0.0009504844339512095, 0.0008117449009293668,
        0.0006112604669781572, 0.00038873953302184284, 0.00018825509907063325, 4.9515566048790485e-5,
      ],
    );
  });

  const losses = [1, 0.9, 0.95, 0.89999, 0.9, 0.92, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.4, 0.41, 0.41, 0.41, 0.41];

  it('is reduced as ReduceLROnPlateau reduces it', () => {
    const tenth = (power: number, times: number): number[] => Array.from({ length: times }, () => 10 ** -power);
    expectClose(rates({ kind: 'plateau', patience: 2 }, losses.length, losses), [
      ...tenth(3, 5),
      ...tenth(4, 5),
      ...tenth(5, 3),
      ...tenth(6, 4),
      ...tenth(7, 1),
    ]);
  });

  it('waits out the cooldown and stops at the lowest rate as ReduceLROnPlateau does', () => {
    const schedule = { kind: 'plateau', factor: 0.5, patience: 1, cooldown: 2, lowest: 2e-4 } as const;
    expectClose(rates(schedule, losses.length, losses), [
      ...[0.001, 0.001, 0.001, 0.001, 0.0005, 0.0005, 0.0005, 0.0005, 0.0005],
      ...[0.00025, 0.00025, 0.00025, 0.00025, 0.0002, 0.0002, 0.0002, 0.0002, 0.0002],
    ]);
  });

  it('looks at no loss of a later epoch', () => {
    const early = learningRateAt(
      parseTrainingSettings({ schedule: { kind: 'plateau', patience: 0 } }).schedule,
      base,
      2,
      9,
      [...[1, 0.5], ...[3, 3, 3]],
    );
    expect(early).toBe(base);
  });

  it('stays when constant', () => {
    expect(rates({ kind: 'constant' }, 3)).toEqual([base, base, base]);
  });
});
