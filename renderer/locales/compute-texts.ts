/**
 * What computes, for people: 'C++, float32, avx512, 2 threads' is 'CPU, AVX-512, 2 threads'. Convention: what is not
 * known here is said as the engine says it; the whole of it belongs into a title.
 */
import { notUsedText } from '../../engine/contract/fallback.ts';
import type { ExecutorChoice } from '../../engine/contract/training.ts';
import { translate } from './i18n.ts';

type Compute = Pick<ExecutorChoice, 'description'> & Partial<ExecutorChoice>;

const kinds: Readonly<Record<string, string>> = {
  'C++': 'cpu',
  TypeScript: 'reference',
  'ONNX Runtime on the processor': 'onnx',
  'ONNX Runtime on the graphics card': 'onnx-gpu',
  WebGPU: 'webgpu',
};
const executors: ReadonlySet<string> = new Set(Object.values(kinds));
const instructionSets: Readonly<Record<string, string>> = { avx512: 'AVX-512', avx2: 'AVX2', neon: 'NEON' };
/** Nobody chooses by these. */
const unsaid: ReadonlySet<string> = new Set(['float32', 'float64']);

/** @param race of a choice among executors, where there was one: how long an image took */
export function computeText({ executor, description, race = [] }: Compute): string {
  const parts = description
    .split(', ')
    .filter((part) => !unsaid.has(part))
    .map(partText);
  const own = race.find((entry) => entry.executor === executor);
  if (own !== undefined) parts.push(translate('train.device.measured', { time: own.milliseconds.toPrecision(2) }));
  return parts.join(translate('train.device.comma'));
}

/** All of it, as the engine says it, for titles. */
export function computeDetail({ description, race = [], refusals = [] }: Compute): string {
  const figures = race.map(
    ({ executor, milliseconds }) =>
      `${executorText(executor)}: ${translate('train.device.measured', { time: milliseconds.toPrecision(2) })}`,
  );
  return [description, ...figures, ...refusals.map(notUsedText)].join('\n');
}

/** @param name as settings have it: 'cpu' */
export function executorText(name: string): string {
  const [, kind = name, number] = /^(.*?)-(\d+)$/.exec(name) ?? [];
  if (!executors.has(kind)) return name;
  const text = translate(`train.device.names.${kind}`);
  return number === undefined ? text : `${text} ${number}`;
}

export function instructionSetText(name: string): string {
  return name === 'baseline' ? translate('train.device.baseline') : (instructionSets[name] ?? name);
}

function partText(part: string): string {
  const kind = kinds[part];
  if (kind !== undefined) return executorText(kind);
  if (part === 'simulated by the processor') return translate('train.device.simulated');
  if (part === 'not built') return translate('train.device.notBuilt');
  const threads = /^(\d+|one) threads?$/.exec(part)?.[1];
  if (threads === undefined) return instructionSetText(part);
  return translate('train.device.threads', { count: threads === 'one' ? 1 : Number(threads) });
}
