/**
 * Every setting of a run as a field to fill in, with the value that it has when it is left empty. Not the bounds: those
 * are the training's own, which says what is wrong. Convention: values are text as typed; a test holds the usual ones
 * against the engine's.
 */
import type { ArgumentsOf } from '../../../engine/contract/requests.ts';

export interface Field {
  readonly key: string;
  /** 'yes' is a tick; a list holds the choices, the usual one first. */
  readonly kind: 'number' | 'text' | 'yes' | readonly string[];
  /** When it is left empty; undefined: none. */
  readonly usual?: string;
  /** Shown only while the other field has one of these values. */
  readonly only?: { readonly key: string; readonly values: readonly string[] };
}

export type RecipeValues = Readonly<Record<string, string>>;

const ofOptimiser = (...values: readonly string[]) => ({ only: { key: 'optimiser.kind', values } });
const ofSchedule = (...values: readonly string[]) => ({ only: { key: 'schedule.kind', values } });
const augmented = { only: { key: 'augmentation.enabled', values: ['yes'] } };

export const recipeFields = {
  basics: [
    { key: 'epochs', kind: 'number', usual: '250' },
    { key: 'batch', kind: 'number', usual: '8' },
    { key: 'size', kind: 'text', usual: '256' },
    { key: 'seed', kind: 'number', usual: '42' },
    { key: 'earlyStop.patience', kind: 'number' },
    { key: 'initialisation', kind: ['reference', 'mamba'] },
  ],
  optimiser: [
    { key: 'optimiser.kind', kind: ['adamw', 'adam', 'sgd'] },
    { key: 'learningRate', kind: 'number', usual: '0.001' },
    { key: 'optimiser.weightDecay', kind: 'number', usual: '0.01' },
    { key: 'optimiser.beta1', kind: 'number', usual: '0.9', ...ofOptimiser('adamw', 'adam') },
    { key: 'optimiser.beta2', kind: 'number', usual: '0.999', ...ofOptimiser('adamw', 'adam') },
    { key: 'optimiser.epsilon', kind: 'number', usual: '1e-8', ...ofOptimiser('adamw', 'adam') },
    { key: 'optimiser.momentum', kind: 'number', usual: '0.9', ...ofOptimiser('sgd') },
    { key: 'clipNorm', kind: 'number' },
  ],
  schedule: [
    { key: 'schedule.kind', kind: ['cosine', 'step', 'plateau', 'warm-up-cosine', 'constant'] },
    { key: 'schedule.period', kind: 'number', usual: '50', ...ofSchedule('cosine', 'step') },
    { key: 'schedule.lowest', kind: 'number', usual: '0.00001', ...ofSchedule('cosine', 'plateau') },
    { key: 'schedule.factor', kind: 'number', usual: '0.5', ...ofSchedule('step', 'plateau') },
    { key: 'schedule.patience', kind: 'number', usual: '10', ...ofSchedule('plateau') },
    { key: 'schedule.threshold', kind: 'number', usual: '0.0001', ...ofSchedule('plateau') },
    { key: 'schedule.cooldown', kind: 'number', usual: '0', ...ofSchedule('plateau') },
    { key: 'schedule.warmUp', kind: 'number', ...ofSchedule('warm-up-cosine') },
  ],
  augmentation: [
    { key: 'augmentation.enabled', kind: 'yes', usual: 'yes' },
    { key: 'augmentation.turnProbability', kind: 'number', usual: '0.5', ...augmented },
    { key: 'augmentation.rotationProbability', kind: 'number', usual: '0.5', ...augmented },
  ],
  network: [
    { key: 'network.inputChannels', kind: ['3', '1'] },
    { key: 'network.widths', kind: 'text', usual: '8, 16, 24, 32, 48, 64' },
    { key: 'network.bridge', kind: 'yes', usual: 'yes' },
    { key: 'network.attention', kind: ['fc', 'conv'] },
    { key: 'network.head', kind: ['softmax', 'sigmoid'] },
  ],
} as const satisfies Readonly<Record<string, readonly Field[]>>;

export type RecipeGroup = keyof typeof recipeFields;
export const recipeGroups = Object.keys(recipeFields) as readonly RecipeGroup[];
const allFields: readonly Field[] = Object.values(recipeFields).flat();

/** What differs from the list where another choice was made. */
export function usualOf(field: Field, values: RecipeValues): string | undefined {
  const optimiser = valueOf('optimiser.kind', values);
  const schedule = valueOf('schedule.kind', values);
  if (field.key === 'learningRate' && optimiser === 'sgd') return '0.01';
  if (field.key === 'optimiser.weightDecay' && optimiser !== 'adamw') return optimiser === 'adam' ? '0.0001' : '0.05';
  if (field.key === 'schedule.period' && schedule === 'step') return undefined;
  if (field.key === 'schedule.lowest' && schedule === 'plateau') return '0';
  if (field.key === 'schedule.factor' && schedule === 'plateau') return '0.1';
  return typeof field.kind === 'string' ? field.usual : field.kind[0];
}

function valueOf(key: string, values: RecipeValues): string | undefined {
  const field = allFields.find((known) => known.key === key);
  if (values[key] !== undefined && values[key] !== '') return values[key];
  return field === undefined || typeof field.kind === 'string' ? field?.usual : field.kind[0];
}

export function isShown({ only }: Field, values: RecipeValues): boolean {
  return only === undefined || only.values.includes(valueOf(only.key, values) ?? '');
}

/** What cannot be understood; undefined where it can. */
export function isWrong(field: Field, text: string): boolean {
  if (text.trim() === '') return false;
  if (field.kind === 'number') return !Number.isFinite(Number(text));
  if (field.key === 'size') return sidesOf(text) === undefined;
  if (field.key === 'network.widths') return widthsOf(text) === undefined;
  return false;
}

function sidesOf(text: string): number | { readonly width: number; readonly height: number } | undefined {
  const [, width, height] = /^\s*(\d{1,5})(?:\s*[x×]\s*(\d{1,5}))?\s*$/i.exec(text) ?? [];
  if (width === undefined) return undefined;
  return height === undefined ? Number(width) : { width: Number(width), height: Number(height) };
}

type Widths = readonly [number, number, number, number, number, number];

function widthsOf(text: string): Widths | undefined {
  const widths = text.split(/[\s,，;]+/).filter((part) => part !== '');
  const isWhole = widths.length === 6 && widths.every((part) => /^[1-9]\d{0,3}$/.test(part));
  return isWhole ? (widths.map(Number) as unknown as Widths) : undefined;
}

type Asked = Pick<ArgumentsOf<'train.start'>, 'settings' | 'network'>;

/** Only what was filled in and is shown; the rest is the engine's to fill in. Its form is checked by the engine. */
export function askedOf(values: RecipeValues): Asked {
  const settings: Record<string, unknown> = {};
  const network: Record<string, unknown> = {};
  for (const field of allFields) {
    const text = values[field.key]?.trim() ?? '';
    if (text === '' || !isShown(field, values)) continue;
    const [group = '', name] = field.key.split('.');
    const value = read(field, text);
    if (group === 'network') network[name ?? ''] = value;
    else if (name === undefined) settings[group] = value;
    else settings[group] = { ...(settings[group] as object | undefined), [name]: value };
  }
  for (const [group, first] of [
    ['optimiser', 'adamw'],
    ['schedule', 'cosine'],
  ] as const) {
    // One that was changed in part is still of its usual kind.
    if (settings[group] !== undefined) settings[group] = { kind: first, ...(settings[group] as object) };
  }
  return { settings, network };
}

function read(field: Field, text: string): unknown {
  if (field.key === 'size') return sidesOf(text);
  if (field.key === 'network.widths') return widthsOf(text);
  if (field.key === 'network.inputChannels' || field.kind === 'number') return Number(text);
  return field.kind === 'yes' ? text === 'yes' : text;
}
