/**
 * A network as an ONNX file, in two forms: 'fast' for ONNX Runtime, with its own operator for the scan, and 'portable'
 * with standard operators alone. Writes no file. Convention: both take and give the same; batch, height and width may be
 * any (sides multiples of 32), and the metadata say all that a caller has to know.
 */
import type { NetworkConfig } from '../network/network-config.ts';
import { encodeModel } from './graph-builder.ts';
import { networkGraph } from './network-graph.ts';
import { linearAttentionScan, standardScan } from './scan-graph.ts';

export type OnnxForm = 'fast' | 'portable';

export interface OnnxFacts {
  /** In order. */
  readonly classes: readonly { readonly name: string; readonly color: string }[];
  /** At which it was trained, and is best used. */
  readonly size: { readonly width: number; readonly height: number };
  /** Ours. */
  readonly version: string;
  /** Where it comes from: a run, a checkpoint. */
  readonly origin: string;
}

/** LayerNormalization came with 17, Gelu with 20. */
const opset = 20;

/** @param parameters the whole block, in checkpoint order */
export function onnxModel(
  config: NetworkConfig,
  parameters: Float32Array,
  form: OnnxForm,
  { classes, size, version, origin }: OnnxFacts,
): Uint8Array {
  const { inputChannels, head, widths, bridge, attention } = config;
  const graph = networkGraph(config, parameters, form === 'fast' ? linearAttentionScan : standardScan);
  return encodeModel(graph, {
    opset,
    domains: form === 'fast' ? { 'com.microsoft': 1 } : {},
    version,
    metadata: {
      'mambrush.form': form,
      'mambrush.size': `${size.width}x${size.height}`,
      'mambrush.classes': JSON.stringify(classes.map(({ name, color }) => ({ name, color }))),
      'mambrush.head': config.classes === 1 ? 'sigmoid' : head,
      'mambrush.network': JSON.stringify({ inputChannels, classes: config.classes, widths, bridge, attention, head }),
      'mambrush.input':
        `image: uint8 (batch, height, width, ${inputChannels}), ${inputChannels === 1 ? 'grey' : 'RGB'}, upright, ` +
        'resized to the size above (antialiased bilinear); sides are multiples of 32. Normalization is in the graph.',
      'mambrush.output':
        'probabilities: float32 (batch, height, width, classes). One class: it is there from 0.5 on. Several with ' +
        'softmax: the largest, if not below 1 minus their sum; with sigmoid: the largest, if at least 0.5.',
      'mambrush.origin': origin,
    },
  });
}
