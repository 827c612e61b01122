import { describe, expect, it } from 'vitest';
import { settingsFrom, trainSettings, trainingFields } from '../../engine/contract/setting-fields.ts';

describe('the settings of a request', () => {
  const accepts = (settings: unknown): boolean => trainSettings.safeParse(settings).success;

  it('may all be left out, and are of the right form', () => {
    for (const settings of [
      {},
      { size: 64 },
      { size: { width: 64, height: 32 } },
      { augmentation: { enabled: false } },
    ]) {
      expect(accepts(settings), JSON.stringify(settings)).toBe(true);
    }
    for (const settings of [
      { epoch: 1 },
      { epochs: '1' },
      { optimiser: { kind: 1 } },
      { augmentation: { flip: true } },
    ]) {
      expect(accepts(settings), JSON.stringify(settings)).toBe(false);
    }
  });

  it('are not checked against bounds, nor are those that are the trainer’s own among them', () => {
    expect(accepts({ epochs: 0, schedule: { kind: 'unheard-of', period: -1 } })).toBe(true);
    expect(accepts({ warmStart: '/a' })).toBe(false);
    expect(accepts({ validationBatch: 1 })).toBe(false);
  });
});

describe('settings by path', () => {
  it('are put together; what is given of an optimiser without its kind is of the first one', () => {
    const settings = settingsFrom([
      ['epochs', 3],
      ['seed', undefined],
      ['optimiser.weightDecay', 0.1],
      ['earlyStop.patience', 4],
    ]);
    expect(settings).toEqual({
      epochs: 3,
      optimiser: { kind: 'adamw', weightDecay: 0.1 },
      earlyStop: { patience: 4 },
    });
  });

  it('have what they mean beside them, but for a choice of kinds', () => {
    const silent = trainingFields.filter(({ meaning }) => meaning === '').map(({ key }) => key);
    expect(silent).toEqual(['optimiser.kind', 'schedule.kind']);
  });
});
