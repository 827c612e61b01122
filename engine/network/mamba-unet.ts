/**
 * The UltraLight VM-UNet as a program: for training, for prediction, and bare for checks (arXiv 2403.20035).
 * Convention: (H, W, C) per sample; `head` decides what K logits mean (network-config).
 */
import { adam, adamw } from '../program/updates/adamw.ts';
import { clipGradients } from '../program/updates/clip-gradients.ts';
import { sgd } from '../program/updates/sgd.ts';
import { bceDice } from '../program/operations/bce-dice.ts';
import { classProbabilities } from '../program/operations/class-probabilities.ts';
import { conv3x3 } from '../program/operations/conv3x3.ts';
import { gelu } from '../program/operations/gelu.ts';
import { groupnormGelu } from '../program/operations/groupnorm-gelu.ts';
import { groupnormMaxpoolGelu } from '../program/operations/groupnorm-maxpool-gelu.ts';
import { groupnormUpsampleGelu } from '../program/operations/groupnorm-upsample-gelu.ts';
import { linear } from '../program/operations/linear.ts';
import { sampleImage } from '../program/operations/sample-image.ts';
import { sampleLabels } from '../program/operations/sample-labels.ts';
import { placementSize } from '../program/operations/sample-placement.ts';
import { softmaxDice } from '../program/operations/softmax-dice.ts';
import { upsample } from '../program/operations/upsample.ts';
import { ProgramBuilder } from '../program/program-builder.ts';
import type { Handle } from '../program/program-builder.ts';
import type { Program } from '../program/program.ts';
import { attentionBridge } from './bridge.ts';
import { checkSize } from './network-config.ts';
import type { NetworkConfig } from './network-config.ts';
import { parameterShapes } from './parameter-shapes.ts';
import { pvmLayer } from './pvm-layer.ts';
import type { ParameterOf } from './pvm-layer.ts';
import type { BatchSize, OptimiserSettings, Recipe } from './recipe.ts';

/** AdamW as the reference recipe has it. */
export const defaultOptimiser: OptimiserSettings = {
  kind: 'adamw',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 1e-2,
};

/** Appends the optimiser's rules. @param clipNorm largest gradient norm, none when absent */
export function appendOptimiser(builder: ProgramBuilder, optimiser: OptimiserSettings, clipNorm?: number): void {
  if (clipNorm !== undefined) builder.update(clipGradients, { maxNorm: clipNorm });
  const { kind, ...attributes } = optimiser;
  builder.update({ adamw, adam, sgd }[kind], attributes);
}

/** Declares all parameters, in checkpoint order. */
export function declareParameters(
  builder: ProgramBuilder,
  shapes: readonly (readonly [string, readonly number[]])[],
): ParameterOf {
  const handles = new Map(shapes.map(([name, shape]) => [name, builder.parameter(name, shape)]));
  return (name) => {
    const handle = handles.get(name);
    if (handle === undefined) throw new Error(`the network has no parameter '${name}'`);
    return handle;
  };
}

/**
 * Appends the network from input to logits.
 * @param x (H, W, inputChannels) in 0..255
 * @returns logits (H, W, K), and every stage under the name that the reference's modules have
 */
export function appendNetwork(
  builder: ProgramBuilder,
  config: NetworkConfig,
  x: Handle,
): { readonly logits: Handle; readonly stages: ReadonlyMap<string, Handle> } {
  const parameter = declareParameters(builder, parameterShapes(config));
  const stages = new Map<string, Handle>();
  const stage = (name: string, value: Handle): Handle => {
    stages.set(name, value);
    return value;
  };
  const conv = (input: Handle, name: string): Handle =>
    stage(name, builder.apply1(conv3x3, { x: input, ...weights(`${name}.0`) }));
  const pvm = (input: Handle, name: string): Handle => stage(name, pvmLayer(builder, input, `${name}.0`, parameter));
  const weights = (name: string): { readonly weight: Handle; readonly bias: Handle } => ({
    weight: parameter(`${name}.weight`),
    bias: parameter(`${name}.bias`),
  });

  const scales: Handle[] = [];
  let flow = x;
  for (const level of [1, 2, 3, 4, 5]) {
    const name = `encoder${String(level)}`;
    const features = level <= 3 ? conv(flow, name) : pvm(flow, name);
    flow = builder.apply1(groupnormMaxpoolGelu, { x: features, ...weights(`ebn${String(level)}`) });
    scales.push(flow);
  }
  const skips = config.bridge ? attentionBridge(builder, scales, 'scab.', parameter) : scales;
  skips.forEach((skip, i) => {
    if (config.bridge) stage(`scab.${String(i + 1)}`, skip);
  });
  flow = builder.apply1(gelu, { x: pvm(flow, 'encoder6') });
  for (const level of [1, 2, 3, 4, 5]) {
    const name = `decoder${String(level)}`;
    const features = level <= 3 ? pvm(flow, name) : conv(flow, name);
    const resize = level === 1 ? groupnormGelu : groupnormUpsampleGelu;
    flow = builder.apply1(resize, { x: features, ...weights(`dbn${String(level)}`), skip: skips[5 - level] });
  }
  const last = builder.apply1(linear, { x: flow, ...weights('final') }, { parts: 1 });
  stage('final', last);
  return { logits: builder.apply1(upsample, { x: last }), stages };
}

function lossOf(config: NetworkConfig): typeof bceDice | typeof softmaxDice {
  return config.head === 'sigmoid' || config.classes === 1 ? bceDice : softmaxDice;
}

/** Appends the probabilities (H, W, K) of the network's head as the output 'probabilities'. */
export function appendProbabilities(builder: ProgramBuilder, config: NetworkConfig, logits: Handle): void {
  const softmax = lossOf(config) === softmaxDice ? 1 : 0;
  builder.output(builder.apply1(classProbabilities, { logits }, { softmax }), 'probabilities');
}

function appendImageInput(builder: ProgramBuilder, config: NetworkConfig, size: BatchSize): readonly [Handle, Handle] {
  checkSize(size.width, size.height);
  const samples = builder.input('samples', [size.height, size.width, config.inputChannels], 'u8');
  const placement = builder.input('placement', [placementSize]);
  return [builder.apply1(sampleImage, { samples, placement }), placement];
}

/**
 * A training step. Inputs: 'samples' u8 (H, W, C), 'placement' (8), 'labels' u8 (H, W, K), 'seed' (1), the share of the
 * batch's loss that one sample's is (1 / batch). Outputs: 'loss' (1); in phase forward also 'probabilities' (H, W, K).
 */
export function trainingProgram(
  config: NetworkConfig,
  size: BatchSize,
  optimiser: OptimiserSettings = defaultOptimiser,
  clipNorm?: number,
): Program {
  const builder = new ProgramBuilder();
  const [image, placement] = appendImageInput(builder, config, size);
  const labels = builder.input('labels', [size.height, size.width, config.classes], 'u8');
  const seed = builder.input('seed', [1]);
  const target = builder.apply1(sampleLabels, { labels, placement });
  const { logits } = appendNetwork(builder, config, image);
  appendProbabilities(builder, config, logits);
  const loss = builder.apply1(lossOf(config), { logits, target });
  builder.output(loss, 'loss');
  builder.backward([[loss, seed]]);
  appendOptimiser(builder, optimiser, clipNorm);
  const recipe: Recipe = { kind: 'training', network: config, size: plainSize(size), optimiser, clipNorm };
  return { ...builder.build(size.batch), recipe };
}

/** A forward pass. Inputs: 'samples' u8 (H, W, C), 'placement' (8). Output: 'probabilities' (H, W, K). */
export function predictionProgram(config: NetworkConfig, size: BatchSize): Program {
  const builder = new ProgramBuilder();
  const [image] = appendImageInput(builder, config, size);
  appendProbabilities(builder, config, appendNetwork(builder, config, image).logits);
  const recipe: Recipe = { kind: 'prediction', network: config, size: plainSize(size) };
  return { ...builder.build(size.batch), recipe };
}

/** Whoever asks may hand in an object that has more. */
function plainSize({ width, height, batch }: BatchSize): BatchSize {
  return { width, height, batch };
}
