/**
 * The UltraLight VM-UNet as an ONNX graph, from plain pixels to probabilities. Trains nothing. Convention: input 'image'
 * uint8 (N, H, W, C), as pixels lie in memory; output 'probabilities' float (N, H, W, K); inside, planes are (N, C, H, W)
 * and sequences (N, T, C). H and W are multiples of 32.
 */
import type { NetworkConfig } from '../network/network-config.ts';
import { stateCount } from '../network/network-config.ts';
import { tensorsOfBlock } from '../network/checkpoint.ts';
import { stepRank } from '../network/parameter-shapes.ts';
import type { StoredTensor } from '../network/safetensors.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { Value } from './graph-builder.ts';
import type { ScanForm } from './scan-graph.ts';

const normEpsilon = { float: 1e-5 };
const groups = 4;

/** The parameters of a checkpoint, each under its name, as it is or altered for the graph. */
class Parameters {
  readonly #graph: GraphBuilder;
  readonly #values: ReadonlyMap<string, StoredTensor>;

  constructor(graph: GraphBuilder, config: NetworkConfig, block: Float32Array) {
    this.#graph = graph;
    this.#values = tensorsOfBlock(config, block);
  }

  get(name: string): StoredTensor {
    const found = this.#values.get(name);
    if (found === undefined) throw new Error(`the network has no parameter '${name}'`);
    return found;
  }

  /** @param shape another arrangement of the same values */
  value(name: string, shape: readonly number[] = this.get(name).shape): Value {
    return this.#graph.parameter(name, shape, this.get(name).data);
  }

  /** A matrix (O, I, …1) turned to (I, O), as MatMul wants it on its right. */
  turned(name: string): Value {
    const { shape, data } = this.get(name);
    const [rows = 1, columns = 1] = shape;
    const result = data.map((_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!);
    return this.#graph.parameter(`${name}.turned`, [columns, rows], result);
  }
}

export function networkGraph(config: NetworkConfig, block: Float32Array, scan: ScanForm): GraphBuilder {
  const graph = new GraphBuilder('UltraLightVMUNet');
  const parameters = new Parameters(graph, config, block);
  const image = graph.input({
    name: 'image',
    type: 'uint8',
    shape: ['batch', 'height', 'width', config.inputChannels],
  });
  const layers = new Layers(graph, parameters, scan);
  let flow = layers.normalizedImage(image);
  const scales: Value[] = [];
  for (const level of [1, 2, 3, 4, 5]) {
    const name = `encoder${level}.0`;
    const features = level <= 3 ? layers.conv3x3(flow, name) : layers.pvm(flow, name);
    const pooled = graph.node('MaxPool', [layers.groupNorm(features, `ebn${level}`)], {
      kernel_shape: [2, 2],
      strides: [2, 2],
    });
    flow = graph.node('Gelu', [pooled]);
    scales.push(flow);
  }
  const skips = config.bridge ? attentionBridge(graph, parameters, scales) : scales;
  flow = graph.node('Gelu', [layers.pvm(flow, 'encoder6.0')]);
  for (const level of [1, 2, 3, 4, 5]) {
    const name = `decoder${level}.0`;
    const features = level <= 3 ? layers.pvm(flow, name) : layers.conv3x3(flow, name);
    const normed = layers.groupNorm(features, `dbn${level}`);
    const resized = level === 1 ? normed : layers.doubled(normed);
    flow = graph.node('Add', [graph.node('Gelu', [resized]), skips[5 - level]!]);
  }
  probabilities(graph, config, layers.doubled(layers.perPixel(flow, 'final')));
  return graph;
}

/** (N, K, H, W) logits to the output (N, H, W, K). */
function probabilities(graph: GraphBuilder, { classes, head }: NetworkConfig, logits: Value): void {
  const shape = ['batch', 'height', 'width', classes];
  const perClass = head === 'sigmoid' || classes === 1 ? graph.node('Sigmoid', [logits]) : foreground(graph, logits);
  graph.node('Transpose', [perClass], { perm: [0, 2, 3, 1] }, { output: 'probabilities' });
  graph.output({ name: 'probabilities', type: 'float', shape });
}

/** Softmax against a background whose logit is 0. */
function foreground(graph: GraphBuilder, logits: Value): Value {
  const first = graph.node('Slice', [logits, graph.integers(0), graph.integers(1), graph.integers(1)]);
  const background = graph.node('Mul', [first, graph.float(0)]);
  const all = graph.node('Softmax', [graph.node('Concat', [background, logits], { axis: 1 })], { axis: 1 });
  const end = graph.integers(Number.MAX_SAFE_INTEGER);
  return graph.node('Slice', [all, graph.integers(1), end, graph.integers(1)]);
}

class Layers {
  readonly #graph: GraphBuilder;
  readonly #parameters: Parameters;
  readonly #scan: ScanForm;

  constructor(graph: GraphBuilder, parameters: Parameters, scan: ScanForm) {
    this.#graph = graph;
    this.#parameters = parameters;
    this.#scan = scan;
  }

  /** uint8 (N, H, W, C) to 0..255 by each image's own minimum and maximum, (N, C, H, W); a constant image gives zeros. */
  normalizedImage(image: Value): Value {
    const graph = this.#graph;
    // The cast to float in (N, H, W, C) and one transpose: reductions want the whole image anyway.
    const x = graph.node('Transpose', [graph.node('Cast', [image], { to: 1 })], { perm: [0, 3, 1, 2] });
    const axes = graph.integers(1, 2, 3);
    const low = graph.node('ReduceMin', [x, axes], { keepdims: 1 });
    const range = graph.node('Sub', [graph.node('ReduceMax', [x, axes], { keepdims: 1 }), low]);
    // Pixels are whole numbers, so a range below 1 is 0, and then the difference is 0 as well.
    const scale = graph.node('Div', [graph.float(255), graph.node('Max', [range, graph.float(1)])]);
    return graph.node('Mul', [graph.node('Sub', [x, low]), scale]);
  }

  conv3x3(x: Value, name: string): Value {
    const parameters = this.#parameters;
    return this.#graph.node('Conv', [x, parameters.value(`${name}.weight`), parameters.value(`${name}.bias`)], {
      kernel_shape: [3, 3],
      pads: [1, 1, 1, 1],
    });
  }

  /** A 1×1 convolution. As `Conv`, ONNX Runtime would make 16 channels of one and carry them to the end. */
  perPixel(x: Value, name: string): Value {
    const graph = this.#graph;
    const [outputs = 1, inputs = 1] = this.#parameters.get(`${name}.weight`).shape;
    const weight = this.#parameters.value(`${name}.weight`, [outputs, inputs]);
    const product = graph.node('MatMul', [weight, graph.node('Reshape', [x, graph.integers(0, inputs, -1)])]);
    const summed = graph.node('Add', [product, this.#parameters.value(`${name}.bias`, [outputs, 1])]);
    const plane = graph.node('Shape', [x], { start: 2, end: 4 });
    return graph.node('Reshape', [summed, graph.node('Concat', [graph.integers(0, outputs), plane], { axis: 0 })]);
  }

  /**
   * Four groups. In plain operators, since `GroupNormalization` has a weight per channel from opset 21 only, and since
   * sums over a whole group at once lose digits: means of rows first, then of those, hold 1e-5 on every image tried.
   */
  groupNorm(x: Value, name: string): Value {
    const graph = this.#graph;
    const { shape } = this.#parameters.get(`${name}.weight`);
    const width = graph.node('Shape', [x], { start: 3, end: 4 });
    const rows = graph.node('Reshape', [x, graph.node('Concat', [graph.integers(0, groups, -1), width], { axis: 0 })]);
    const mean = (value: Value, axis: number): Value =>
      graph.node('ReduceMean', [value, graph.integers(axis)], { keepdims: 1 });
    const groupMean = (value: Value): Value => mean(mean(value, 3), 2);
    const centered = graph.node('Sub', [rows, groupMean(rows)]);
    const variance = groupMean(graph.node('Mul', [centered, centered]));
    const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.float(normEpsilon.float)])]);
    const plane = graph.node('Reshape', [graph.node('Div', [centered, deviation]), graph.node('Shape', [x])]);
    const perChannel = [...shape, 1, 1];
    const scaled = graph.node('Mul', [plane, this.#parameters.value(`${name}.weight`, perChannel)]);
    return graph.node('Add', [scaled, this.#parameters.value(`${name}.bias`, perChannel)]);
  }

  /** Bilinear, corners aligned. */
  doubled(x: Value): Value {
    const graph = this.#graph;
    const scales = graph.parameter(`${x}.scales`, [4], Float32Array.of(1, 1, 2, 2));
    return graph.node('Resize', [x, '', scales], {
      mode: 'linear',
      coordinate_transformation_mode: 'align_corners',
    });
  }

  /** (N, C, H, W) to (N, C', H, W). */
  pvm(x: Value, name: string): Value {
    const graph = this.#graph;
    const parameters = this.#parameters;
    const channels = parameters.get(`${name}.norm.weight`).shape[0]!;
    const d = channels / 4;
    const weight = parameters.value(`${name}.norm.weight`);
    const bias = parameters.value(`${name}.norm.bias`);
    const norm = (value: Value): Value =>
      graph.node('LayerNormalization', [value, weight, bias], { axis: -1, epsilon: normEpsilon });
    const tokens = graph.node('Reshape', [x, graph.integers(0, channels, -1)]);
    const normed = norm(graph.node('Transpose', [tokens], { perm: [0, 2, 1] }));
    // Four neighboring chunks of channels are four sequences: (N, T, 4, d) to (4N, T, d).
    const parted = graph.node('Reshape', [normed, graph.integers(0, 0, 4, d)]);
    const batched = graph.node('Transpose', [parted], { perm: [0, 2, 1, 3] });
    const chunks = graph.node('Reshape', [
      batched,
      graph.node('Concat', [graph.integers(-1), this.#tokenCount(normed), graph.integers(d)], { axis: 0 }),
    ]);
    const mamba = this.#mamba(chunks, `${name}.mamba`, d);
    const summed = graph.node('Add', [mamba, graph.node('Mul', [chunks, parameters.value(`${name}.skip_scale`)])]);
    const sizes = graph.node('Concat', [graph.integers(-1, 4), this.#tokenCount(normed), graph.integers(d)], {
      axis: 0,
    });
    const apart = graph.node('Transpose', [graph.node('Reshape', [summed, sizes])], { perm: [0, 2, 1, 3] });
    const joined = norm(graph.node('Reshape', [apart, graph.integers(0, 0, channels)]));
    const projected = graph.node('Add', [
      graph.node('MatMul', [joined, parameters.turned(`${name}.proj.weight`)]),
      parameters.value(`${name}.proj.bias`),
    ]);
    const outputs = parameters.get(`${name}.proj.bias`).shape[0]!;
    const planes = graph.node('Transpose', [projected], { perm: [0, 2, 1] });
    const plane = graph.node('Shape', [x], { start: 2, end: 4 });
    return graph.node('Reshape', [planes, graph.node('Concat', [graph.integers(0, outputs), plane], { axis: 0 })]);
  }

  /** The T of (N, T, C), as a shape of one. */
  #tokenCount(sequence: Value): Value {
    return this.#graph.node('Shape', [sequence], { start: 1, end: 2 });
  }

  /** (B, T, d) to the same. */
  #mamba(x: Value, name: string, d: number): Value {
    const graph = this.#graph;
    const parameters = this.#parameters;
    const channels = 2 * d;
    const rank = stepRank(d);
    const silu = (value: Value): Value => graph.node('Mul', [value, graph.node('Sigmoid', [value])]);
    const both = graph.node('MatMul', [x, parameters.turned(`${name}.in_proj.weight`)]);
    const [inner, gate] = graph.nodes('Split', [both, graph.integers(channels, channels)], 2, { axis: -1 });
    const convolved = graph.node(
      'Conv',
      [
        graph.node('Transpose', [inner!], { perm: [0, 2, 1] }),
        parameters.value(`${name}.conv1d.weight`),
        parameters.value(`${name}.conv1d.bias`),
      ],
      { kernel_shape: [4], group: channels, pads: [3, 0] },
    );
    const u = graph.node('Transpose', [silu(convolved)], { perm: [0, 2, 1] });
    const projected = graph.node('MatMul', [u, parameters.turned(`${name}.x_proj.weight`)]);
    const [raw, b, c] = graph.nodes('Split', [projected, graph.integers(rank, stateCount, stateCount)], 3, {
      axis: -1,
    });
    const logit = graph.node('Add', [
      graph.node('MatMul', [raw!, parameters.turned(`${name}.dt_proj.weight`)]),
      parameters.value(`${name}.dt_proj.bias`),
    ]);
    const step = graph.node('Softplus', [logit]);
    const { shape, data } = parameters.get(`${name}.A_log`);
    const A = graph.parameter(
      `${name}.A`,
      shape,
      data.map((value) => -Math.exp(value)),
    );
    const input = graph.node('Mul', [step, u]);
    const scanned = this.#scan(graph, { step, input, b: b!, c: c!, A, channels, states: stateCount });
    const ungated = graph.node('Add', [scanned, graph.node('Mul', [u, parameters.value(`${name}.D`)])]);
    const gated = graph.node('Mul', [ungated, silu(gate!)]);
    return graph.node('MatMul', [gated, parameters.turned(`${name}.out_proj.weight`)]);
  }
}

/** Spatial and channel attention over the five scales. */
function attentionBridge(graph: GraphBuilder, parameters: Parameters, scales: readonly Value[]): Value[] {
  const weight = parameters.value('scab.satt.shared_conv2d.0.weight');
  const bias = parameters.value('scab.satt.shared_conv2d.0.bias');
  const channelAxis = graph.integers(1);
  const attended = scales.map((t) => {
    const mean = graph.node('ReduceMean', [t, channelAxis], { keepdims: 1 });
    const largest = graph.node('ReduceMax', [t, channelAxis], { keepdims: 1 });
    const meanMax = graph.node('Concat', [mean, largest], { axis: 1 });
    const conv = graph.node('Conv', [meanMax, weight, bias], {
      kernel_shape: [7, 7],
      dilations: [3, 3],
      pads: [9, 9, 9, 9],
    });
    const a = graph.node('Mul', [t, graph.node('Sigmoid', [conv])]);
    return { a, u: graph.node('Add', [a, t]) };
  });
  const means = attended.map(({ u }) => graph.node('ReduceMean', [u, graph.integers(2, 3)], { keepdims: 0 }));
  const line = graph.node('Unsqueeze', [graph.node('Concat', means, { axis: 1 }), channelAxis]);
  const mixed = graph.node('Conv', [line, parameters.value('scab.catt.get_all_att.weight')], {
    kernel_shape: [3],
    pads: [1, 1],
  });
  const all = graph.node('Squeeze', [mixed, channelAxis]);
  return attended.map(({ a, u }, at) => {
    const name = `scab.catt.att${at + 1}`;
    const logits = graph.node('Add', [
      graph.node('MatMul', [all, parameters.turned(`${name}.weight`)]),
      parameters.value(`${name}.bias`),
    ]);
    const gates = graph.node('Unsqueeze', [graph.node('Sigmoid', [logits]), graph.integers(2, 3)]);
    return graph.node('Add', [graph.node('Mul', [u, gates]), a]);
  });
}
