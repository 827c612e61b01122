/**
 * The settings of a run as fields to fill in: those of the contract (setting-fields.ts), in groups. Checks no bounds: the
 * training does, and says what is wrong. Convention: values are text as typed, a tick is 'yes' or 'no'; what is empty has
 * its default.
 */
import type { ArgumentsOf } from '../../../engine/contract/requests.ts';
import { formOf, networkFields, settingsFrom, trainingFields } from '../../../engine/contract/setting-fields.ts';
import type { SettingField, SettingForm } from '../../../engine/contract/setting-fields.ts';
import type { TrainSettings } from '../../../engine/contract/training-settings.ts';

export type RecipeValues = Readonly<Record<string, string>>;

/** The group of each setting, in the order of the form; the kind of optimiser stands before what depends on it. */
const groupOf = {
  epochs: 'basics',
  batch: 'basics',
  size: 'basics',
  seed: 'basics',
  earlyStop: 'basics',
  initialisation: 'basics',
  'optimiser.kind': 'optimiser',
  learningRate: 'optimiser',
  optimiser: 'optimiser',
  clipNorm: 'optimiser',
  schedule: 'schedule',
  augmentation: 'augmentation',
  network: 'network',
} as const satisfies Readonly<Record<keyof TrainSettings | 'network' | 'optimiser.kind', string>>;

export type RecipeGroup = (typeof groupOf)[keyof typeof groupOf];

const settings = Object.keys(groupOf) as (keyof typeof groupOf)[];
const positionOf = ({ key }: SettingField): number => {
  const whole = settings.findIndex((name) => name === key);
  return whole >= 0 ? whole : settings.findIndex((name) => key.startsWith(`${name}.`));
};
export const allFields: readonly SettingField[] = [...trainingFields, ...networkFields].sort(
  (a, b) => positionOf(a) - positionOf(b),
);
export const recipeFields: ReadonlyMap<RecipeGroup, readonly SettingField[]> = Map.groupBy(
  allFields,
  (field) => groupOf[settings[positionOf(field)]!],
);

/** As it is shown: what was typed, else the default; undefined where there is none. */
export function valueText(key: string, values: RecipeValues): string | undefined {
  const typed = values[key];
  if (typed !== undefined && typed !== '') return typed;
  const field = allFields.find((known) => known.key === key);
  return field === undefined ? undefined : usualOf(field, values);
}

/** Undefined where the setting does not exist. */
export function shownForm(field: SettingField, values: RecipeValues): SettingForm | undefined {
  return formOf(field, (key) => {
    const text = valueText(key, values);
    return text === 'yes' ? 'true' : text;
  });
}

export function isShown(field: SettingField, values: RecipeValues): boolean {
  return shownForm(field, values) !== undefined;
}

export function usualOf(field: SettingField, values: RecipeValues): string | undefined {
  const usual = shownForm(field, values)?.usual;
  if (typeof usual === 'boolean') return usual ? 'yes' : 'no';
  return typeof usual === 'object' ? usual.join(', ') : usual?.toString();
}

/** Whether it cannot be understood. */
export function isWrong({ kind }: SettingField, text: string): boolean {
  if (text.trim() === '') return false;
  if (kind === 'whole' || kind === 'number') return !Number.isFinite(Number(text));
  if (kind === 'size') return sidesOf(text) === undefined;
  return kind === 'widths' && widthsOf(text) === undefined;
}

function sidesOf(text: string): number | { readonly width: number; readonly height: number } | undefined {
  const [, width, height] = /^\s*(\d{1,5})(?:\s*[x×]\s*(\d{1,5}))?\s*$/i.exec(text) ?? [];
  if (width === undefined) return undefined;
  return height === undefined ? Number(width) : { width: Number(width), height: Number(height) };
}

function widthsOf(text: string): readonly number[] | undefined {
  const widths = text.split(/[\s,，;]+/).filter((part) => part !== '');
  const isWhole = widths.length === 6 && widths.every((part) => /^[1-9]\d{0,3}$/.test(part));
  return isWhole ? widths.map(Number) : undefined;
}

type Asked = Pick<ArgumentsOf<'train.start'>, 'settings' | 'network'>;

/** Only what was filled in and is shown; the rest is the engine's to fill in. Its form is checked by the engine. */
export function askedOf(values: RecipeValues): Asked {
  const read = (fields: readonly SettingField[]): (readonly [key: string, value: unknown])[] =>
    fields.flatMap((field) => {
      const text = values[field.key]?.trim() ?? '';
      return text === '' || !isShown(field, values) ? [] : [[field.key, valueOf(field, text)] as const];
    });
  const network = read(networkFields).map(([key, value]) => [key.replace('network.', ''), value] as const);
  return { settings: settingsFrom(read(trainingFields)), network: Object.fromEntries(network) };
}

function valueOf({ kind, forms }: SettingField, text: string): unknown {
  if (kind === 'size') return sidesOf(text);
  if (kind === 'widths') return widthsOf(text);
  if (kind === 'switch') return text === 'yes';
  const isNumber = kind !== 'choice' || typeof forms['']?.usual === 'number';
  return isNumber ? Number(text) : text;
}
