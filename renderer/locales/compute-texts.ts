/**
 * What computes, for people: 'C++, float32, avx512, 2 threads' is 'Processor, AVX-512, 2 threads'. Convention: what is not
 * known here is said as the engine says it; the whole of it belongs into a title.
 */
import { translate } from './i18n.ts';

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

/** @param description of an executor, or of a choice among them with what a race between them said */
export function computeText(description: string): string {
  const [, what = description, time] =
    /^(.*?)(?: \((?:measured here: ([\d.]+) ms|ONNX Runtime is not used|no graphics card is used|the graphics card is not used).*\))?$/s.exec(
      description,
    ) ?? [];
  const parts = what
    .split(', ')
    .filter((part) => !unsaid.has(part))
    .map(partText);
  if (time !== undefined) parts.push(translate('train.device.measured', { time }));
  return parts.join(translate('train.device.comma'));
}

/** @param name as settings have it: 'cpu' */
export function executorText(name: string): string {
  return executors.has(name) ? translate(`train.device.names.${name}`) : name;
}

export function instructionSetText(name: string): string {
  return name === 'baseline' ? translate('train.device.baseline') : (instructionSets[name] ?? name);
}

function partText(part: string): string {
  const kind = kinds[part];
  if (kind !== undefined) return executorText(kind);
  if (part === 'not built') return translate('train.device.notBuilt');
  const threads = /^(\d+|one) threads?$/.exec(part)?.[1];
  if (threads === undefined) return instructionSetText(part);
  return translate('train.device.threads', { count: threads === 'one' ? 1 : Number(threads) });
}
