import { describe, expect, it } from 'vitest';
import { requests } from '../../../../engine/contract/requests.ts';
import { defaultConfig } from '../../../../engine/network/network-config.ts';
import { parseTrainingSettings } from '../../../../engine/train/training-settings.ts';
import { askedOf, isShown, isWrong, recipeFields, usualOf } from '../../../../renderer/stores/train/recipe-fields.ts';
import type { Field, RecipeValues } from '../../../../renderer/stores/train/recipe-fields.ts';

const fields: readonly Field[] = Object.values(recipeFields).flat();

/** What the form says of every setting that is shown, as it would be sent. */
function filledIn(values: RecipeValues): RecipeValues {
  const shown = fields.filter((field) => isShown(field, values));
  return Object.fromEntries(
    shown.map((field) => [field.key, values[field.key] ?? usualOf(field, values) ?? ''] as const),
  );
}

describe('the settings of a run, as they are filled in', () => {
  it('say of what is left empty what the engine takes then, for every optimiser and schedule', () => {
    for (const optimiser of ['adamw', 'adam', 'sgd']) {
      for (const schedule of ['cosine', 'step', 'plateau', 'warm-up-cosine', 'constant']) {
        const values = { 'optimiser.kind': optimiser, 'schedule.kind': schedule };
        expect(parseTrainingSettings(askedOf(filledIn(values)).settings)).toEqual(
          parseTrainingSettings(askedOf(values).settings),
        );
      }
    }
    const { classes: _, ...usual } = defaultConfig;
    expect(askedOf(filledIn({})).network).toEqual(usual);
  });

  it('are only what differs, each in its place', () => {
    expect(askedOf({})).toEqual({ settings: {}, network: {} });
    const values = {
      epochs: '30',
      size: '320 x 256',
      'optimiser.weightDecay': '0.1',
      'schedule.kind': 'step',
      'schedule.lowest': '0.5',
      'augmentation.enabled': 'no',
      'earlyStop.patience': '12',
      'network.widths': '8,16, 24 32,48,64',
      'network.inputChannels': '1',
      'network.bridge': 'no',
    };
    expect(askedOf(values)).toEqual({
      settings: {
        epochs: 30,
        size: { width: 320, height: 256 },
        optimiser: { kind: 'adamw', weightDecay: 0.1 },
        // A lowest rate belongs to another schedule.
        schedule: { kind: 'step' },
        augmentation: { enabled: false },
        earlyStop: { patience: 12 },
      },
      network: { widths: [8, 16, 24, 32, 48, 64], inputChannels: 1, bridge: false },
    });
    const asked = requests['train.start'].arguments.safeParse({ project: '/a', ...askedOf(values) });
    expect(asked.error).toBeUndefined();
  });

  it('are refused where they are not of the form', () => {
    const field = (key: string): Field => fields.find((known) => known.key === key)!;
    expect(isWrong(field('epochs'), 'many')).toBe(true);
    expect(isWrong(field('learningRate'), '1e-3')).toBe(false);
    expect(isWrong(field('size'), '320×256')).toBe(false);
    expect(isWrong(field('size'), 'large')).toBe(true);
    expect(isWrong(field('network.widths'), '8, 16')).toBe(true);
    expect(isWrong(field('network.widths'), '')).toBe(false);
  });
});
