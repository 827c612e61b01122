import { describe, expect, it } from 'vitest';
import { requests } from '../../../../engine/contract/requests.ts';
import type { SettingField } from '../../../../engine/contract/setting-fields.ts';
import { defaultConfig } from '../../../../engine/network/network-config.ts';
import { parseTrainingSettings } from '../../../../engine/train/training-settings.ts';
import { train as en } from '../../../../renderer/locales/en/train.ts';
import { train as zhCN } from '../../../../renderer/locales/zh-CN/train.ts';
import {
  allFields as fields,
  askedOf,
  isShown,
  isWrong,
  recipeFields,
  usualOf,
} from '../../../../renderer/stores/train/recipe-fields.ts';
import type { RecipeValues } from '../../../../renderer/stores/train/recipe-fields.ts';

interface Texts {
  readonly fields: object;
  readonly choices: object;
}

/** What the form says of every setting that is shown, as it would be sent. */
function filledIn(values: RecipeValues): RecipeValues {
  const shown = fields.filter((field) => isShown(field, values));
  return Object.fromEntries(
    shown.map((field) => [field.key, values[field.key] ?? usualOf(field, values) ?? ''] as const),
  );
}

describe('the settings of a run, as they are filled in', () => {
  it('are all of them, in groups and in the order of the form', () => {
    const keys = [...recipeFields].map(([group, of]) => [group, of.map(({ key }) => key.replace(`${group}.`, ''))]);
    expect(keys).toEqual([
      ['basics', ['epochs', 'batch', 'size', 'seed', 'earlyStop.patience', 'initialisation']],
      ['optimiser', ['kind', 'learningRate', 'weightDecay', 'beta1', 'beta2', 'epsilon', 'momentum', 'clipNorm']],
      ['schedule', ['kind', 'period', 'lowest', 'factor', 'patience', 'threshold', 'cooldown', 'warmUp']],
      ['augmentation', ['enabled', 'turnProbability', 'rotationProbability']],
      ['network', ['inputChannels', 'widths', 'bridge', 'attention', 'head']],
    ]);
  });

  it('have a name in every language, and so do their choices', () => {
    for (const { fields: names, choices } of [en, zhCN] as readonly Texts[]) {
      for (const { key, choices: own } of fields) {
        expect(names, key).toHaveProperty([key.replaceAll('.', '-')]);
        for (const choice of own) expect(choices, choice).toHaveProperty([choice]);
      }
    }
  });

  it('that depend on another choice are shown with it, with its default', () => {
    const field = (key: string): SettingField => fields.find((known) => known.key === key)!;
    const shown = (values: RecipeValues): string[] =>
      fields.filter((one) => isShown(one, values) && one.key.startsWith('schedule.')).map(({ key }) => key.slice(9));
    expect(shown({})).toEqual(['kind', 'period', 'lowest']);
    expect(shown({ 'schedule.kind': 'warm-up-cosine' })).toEqual(['kind', 'warmUp']);
    expect(usualOf(field('learningRate'), { 'optimiser.kind': 'sgd' })).toBe('0.01');
    expect(usualOf(field('optimiser.weightDecay'), { 'optimiser.kind': 'adam' })).toBe('0.0001');
    expect(usualOf(field('schedule.period'), { 'schedule.kind': 'step' })).toBeUndefined();
    expect(usualOf(field('optimiser.epsilon'), {})).toBe('1e-8');
    expect(isShown(field('augmentation.turnProbability'), { 'augmentation.enabled': 'no' })).toBe(false);
  });

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
    const field = (key: string): SettingField => fields.find((known) => known.key === key)!;
    expect(isWrong(field('epochs'), 'many')).toBe(true);
    expect(isWrong(field('learningRate'), '1e-3')).toBe(false);
    expect(isWrong(field('size'), '320×256')).toBe(false);
    expect(isWrong(field('size'), 'large')).toBe(true);
    expect(isWrong(field('network.widths'), '8, 16')).toBe(true);
    expect(isWrong(field('network.widths'), '')).toBe(false);
  });
});
