/**
 * Which graphics cards the installed ONNX Runtime can use on this system, as far as it was built for them.
 */
import { listSupportedBackends } from 'onnxruntime-node';
import type { OnnxProvider } from './onnx-compute.ts';

const cards: readonly OnnxProvider[] = ['dml', 'coreml', 'webgpu'];

/** In the order in which they are worth trying. */
export function listSupportedProviders(): readonly OnnxProvider[] {
  const built = new Set(listSupportedBackends().map(({ name }) => name));
  return cards.filter((card) => built.has(card));
}
