/**
 * The settings of training and of the network, read off their schemas one by one: for the command line's options, the
 * window's fields and the form of a request. Checks no value. Convention: a setting is named by its path, such as
 * 'optimiser.beta1'; the first of some choices is the default.
 */
import { z } from 'zod';
import { networkDefaults, networkShape } from './network-settings.ts';
import { recipe, usualLearningRates } from './training-settings.ts';
import type { TrainSettings } from './training-settings.ts';

type KindOfSetting = 'whole' | 'number' | 'switch' | 'choice' | 'size' | 'widths';
export type SettingValue = string | number | boolean | readonly number[];

export interface SettingForm {
  /** Of a number. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** When nothing is given; undefined: none. */
  readonly usual?: SettingValue | undefined;
}

export interface SettingField {
  readonly key: string;
  readonly meaning: string;
  readonly kind: KindOfSetting;
  /** Of a choice. */
  readonly choices: readonly string[];
  /** The setting on whose value it depends whether this one exists, and in which form. */
  readonly dependsOn?: string;
  /** By that value as text; one under '' where it depends on none. */
  readonly forms: Readonly<Record<string, SettingForm>>;
}

/** Undefined where the setting does not exist. @param valueOf another setting's value, as text */
export function formOf(
  { dependsOn, forms }: SettingField,
  valueOf: (key: string) => string | undefined,
): SettingForm | undefined {
  return forms[dependsOn === undefined ? '' : (valueOf(dependsOn) ?? '')];
}

type Schema = z.core.$ZodType;

function unwrapped(schema: Schema): Schema {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodReadonly;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}

function readKind(schema: Schema): Pick<SettingField, 'kind' | 'choices'> {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodEnum) return { kind: 'choice', choices: inner.options.map(String) };
  if (inner instanceof z.ZodLiteral) return { kind: 'choice', choices: [...inner.values].map(String) };
  const choices: readonly string[] = [];
  if (inner instanceof z.ZodNumber) return { kind: inner.format === 'safeint' ? 'whole' : 'number', choices };
  if (inner instanceof z.ZodBoolean) return { kind: 'switch', choices };
  return { kind: inner instanceof z.ZodTuple ? 'widths' : 'size', choices };
}

function readForm(schema: Schema): SettingForm {
  const inner = unwrapped(schema);
  const bounds =
    inner instanceof z.ZodNumber ? { min: inner.minValue ?? undefined, max: inner.maxValue ?? undefined } : {};
  const hasDefault = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return hasDefault ? { ...bounds, usual: schema.def.defaultValue as SettingValue } : bounds;
}

const shapeOf = ({ shape }: z.ZodObject): Readonly<Record<string, Schema>> => shape;
const meaningOf = (schema: Schema): string => (schema as z.ZodType).description ?? '';

function readFields(key: string, schema: Schema): readonly SettingField[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodDiscriminatedUnion) return fieldsOfKinds(key, inner);
  if (!(inner instanceof z.ZodObject)) {
    return [{ key, meaning: meaningOf(schema), ...readKind(schema), forms: { '': readForm(schema) } }];
  }
  const fields = Object.entries(shapeOf(inner)).flatMap(([name, one]) => readFields(`${key}.${name}`, one));
  const [first, ...others] = fields;
  // What is switched off has no further settings.
  if (first?.key !== `${key}.enabled`) return fields;
  return [first, ...others.map((field) => ({ ...field, dependsOn: first.key, forms: { true: field.forms['']! } }))];
}

/** The kind, then what most kinds have, then the others, in the order in which they first appear. */
function fieldsOfKinds(key: string, union: z.ZodDiscriminatedUnion): readonly SettingField[] {
  const shapes = union.options.map((option) => {
    const { kind, ...shape } = shapeOf(unwrapped(option) as z.ZodObject);
    const [name = ''] = (kind as z.ZodLiteral<string>).values;
    return { name, shape };
  });
  const kinds = shapes.map(({ name }) => name);
  const dependsOn = `${key}.kind`;
  const fields = [...new Set(shapes.flatMap(({ shape }) => Object.keys(shape)))].map((name): SettingField => {
    const having = shapes.filter(({ shape }) => name in shape);
    const schema = having[0]!.shape[name]!;
    const forms = Object.fromEntries(having.map((one) => [one.name, readForm(one.shape[name]!)]));
    return { key: `${key}.${name}`, meaning: meaningOf(schema), ...readKind(schema), dependsOn, forms };
  });
  const count = ({ forms }: SettingField): number => Object.keys(forms).length;
  return [
    { key: dependsOn, meaning: '', kind: 'choice', choices: kinds, forms: { '': { usual: kinds[0] } } },
    ...fields.sort((a, b) => count(b) - count(a)),
  ];
}

/** Its default is the optimiser's. */
function withUsualRates(field: SettingField): SettingField {
  if (field.key !== 'learningRate') return field;
  const rates = Object.entries(usualLearningRates);
  const forms = Object.fromEntries(rates.map(([kind, usual]) => [kind, { ...field.forms['']!, usual }]));
  return { ...field, dependsOn: 'optimiser.kind', forms };
}

export const trainingFields: readonly SettingField[] = Object.entries(recipe.shape)
  .flatMap(([key, schema]) => readFields(key, schema))
  .map(withUsualRates);

const networkNames = Object.keys(networkShape) as (keyof typeof networkShape)[];
export const networkFields: readonly SettingField[] = networkNames.map((name) => ({
  key: `network.${name}`,
  meaning: '',
  ...readKind(networkShape[name]),
  forms: { '': { usual: networkDefaults[name] } },
}));

/** One level of paths made into objects: of 'optimiser.beta1' and its like, one 'optimiser'. */
function nested<Value>(
  entries: Iterable<readonly [key: string, value: Value]>,
): Record<string, Value | Record<string, Value>> {
  const all: Record<string, Value | Record<string, Value>> = {};
  for (const [key, value] of entries) {
    const [group = '', name] = key.split('.');
    if (name === undefined) all[group] = value;
    else all[group] = { ...(all[group] as Record<string, Value> | undefined), [name]: value };
  }
  return all;
}

/**
 * Settings from some of them by path; what is undefined is left out. Where something of an optimiser or a schedule is
 * given and its kind is not, it is of the first kind.
 */
export function settingsFrom(entries: Iterable<readonly [key: string, value: unknown]>): TrainSettings {
  const given = new Map([...entries].filter(([, value]) => value !== undefined));
  const kinds = trainingFields.filter(({ key }) => {
    const group = key.replace(/kind$/, '');
    return key !== group && [...given.keys()].some((name) => name.startsWith(group));
  });
  const usual = kinds.map(({ key, forms }) => [key, forms['']?.usual] as const);
  // Their form is checked where they are received.
  return nested([...usual, ...given]);
}

const loose: Readonly<Record<KindOfSetting, z.ZodType>> = {
  whole: z.number(),
  number: z.number(),
  switch: z.boolean(),
  choice: z.string(),
  size: z.union([z.number(), z.strictObject({ width: z.number(), height: z.number() })]),
  widths: z.array(z.number()),
};

/**
 * What a request may hold: every setting may be left out. Only the form is checked here: bounds and defaults are checked
 * by the training, which says what is wrong with a value.
 */
export const trainSettings: z.ZodType<TrainSettings, TrainSettings> = looseForm();

function looseForm() {
  const shape = nested(trainingFields.map(({ key, kind }) => [key, loose[kind].optional()] as const));
  return z.strictObject(
    Object.fromEntries(
      Object.entries(shape).map(([key, of]) => [key, of instanceof z.ZodType ? of : z.strictObject(of).optional()]),
    ),
  );
}
