/**
 * The settings of a run as options of `mambrush train`: which ones, and in which order. Their values, defaults and
 * meanings are the contract's. Convention: bounds are checked by the training; here numbers only have to be numbers, and
 * names those that there are.
 */
import { trainingFields, settingsFrom } from '../contract/setting-fields.ts';
import type { SettingField } from '../contract/setting-fields.ts';
import type { TrainSettings } from '../contract/training-settings.ts';
import type { OptionSpec, OptionSpecs } from './command.ts';
import type { OptionValues } from './option-values.ts';

/** The setting of each option; a switch is turned off by its option. */
const settings: Readonly<Record<string, string>> = {
  epochs: 'epochs',
  seed: 'seed',
  batch: 'batch',
  size: 'size',
  'learning-rate': 'learningRate',
  optimiser: 'optimiser.kind',
  'weight-decay': 'optimiser.weightDecay',
  schedule: 'schedule.kind',
  'clip-norm': 'clipNorm',
  initialisation: 'initialisation',
  'no-augmentation': 'augmentation.enabled',
  'early-stop': 'earlyStop.patience',
};

/** What is checked here already. */
const limits: Readonly<Record<string, { readonly min: number }>> = { 'early-stop': { min: 1 } };

const options = Object.entries(settings).map(([name, key]) => {
  const field = trainingFields.find((known) => known.key === key);
  if (field === undefined) throw new Error(`there is no setting ${key} for --${name}`);
  return { name, field };
});

export const settingOptions: OptionSpecs = Object.fromEntries(
  options.map(({ name, field }) => [name, describe(field)]),
);

function describe({ key, meaning, kind, choices, dependsOn, forms }: SettingField): OptionSpec {
  const usual = Object.values(forms)[0]?.usual;
  if (kind === 'switch') return { description: `no ${meaning}` };
  if (kind === 'choice') {
    const list = listOf(choices.map((choice) => (choice === usual ? `${choice} (the default)` : choice)));
    return { value: 'NAME', description: meaning === '' ? list : `${meaning}: ${list}` };
  }
  if (kind === 'size') return { value: 'N', description: `${meaning}, ${String(usual)} or 320x256` };
  const value = kind === 'whole' ? 'N' : 'X';
  if (usual === undefined) return { value, description: meaning };
  // Each optimiser has its own.
  const isOfKind = dependsOn?.split('.')[0] === key.split('.')[0];
  return { value, description: `${meaning}; ${isOfKind ? 'its usual one' : String(usual)} unless given` };
}

/** A long list does without 'or'. */
function listOf(words: readonly string[]): string {
  return words.length > 3 ? words.join(', ') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** @throws UsageError about a value that cannot be read */
export function settingsOf(values: OptionValues): TrainSettings {
  return settingsFrom(options.map(({ name, field }) => [field.key, read(values, name, field)]));
}

function read(values: OptionValues, name: string, { kind, choices }: SettingField): unknown {
  if (kind === 'switch') return values.has(name) ? false : undefined;
  if (kind === 'choice') return values.choice(name, choices);
  if (kind === 'size') return values.sides(name);
  return kind === 'whole' ? values.whole(name, limits[name]) : values.number(name);
}
