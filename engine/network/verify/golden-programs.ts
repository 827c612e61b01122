/**
 * The programs that golden files are held against: a network with its stages as outputs, and single operations with the
 * gradient of every input. Not the files' values: those are read by `golden-network.ts` and `golden-operations.ts`.
 */
import { MambrushError } from '../../contract/error.ts';
import type { OperationDefinition } from '../../program/operation.ts';
import { byName } from '../../program/operands.ts';
import { bceDice } from '../../program/operations/bce-dice.ts';
import { causalConv1dSilu } from '../../program/operations/causal-conv1d-silu.ts';
import { conv3x3 } from '../../program/operations/conv3x3.ts';
import { groupnormMaxpoolGelu } from '../../program/operations/groupnorm-maxpool-gelu.ts';
import { groupnormUpsampleGelu } from '../../program/operations/groupnorm-upsample-gelu.ts';
import { layernorm } from '../../program/operations/layernorm.ts';
import { selectiveScan } from '../../program/operations/selective-scan.ts';
import { ProgramBuilder } from '../../program/program-builder.ts';
import type { Handle } from '../../program/program-builder.ts';
import type { Program } from '../../program/program.ts';
import { attentionBridge, spatialGate } from '../bridge.ts';
import {
  appendNetwork,
  appendOptimiser,
  appendProbabilities,
  declareParameters,
  defaultOptimiser,
} from '../mamba-unet.ts';
import { pvmLayer } from '../pvm-layer.ts';
import type { ParameterOf } from '../pvm-layer.ts';
import type { Recipe } from '../recipe.ts';

type NetworkRecipe = Extract<Recipe, { kind: 'golden-network' }>;
type OperationRecipe = Extract<Recipe, { kind: 'golden-operation' }>;

/** Inputs 'input' (H, W, C), 'target' (H, W, K), 'seed' (1); outputs 'probabilities', 'loss', 'act.*'. */
export function goldenNetworkProgram(recipe: NetworkRecipe): Program {
  const { network, size, stages: shown, trains } = recipe;
  const { width, height, batch } = size;
  const builder = new ProgramBuilder();
  const input = builder.input('input', [height, width, network.inputChannels]);
  const { logits, stages } = appendNetwork(builder, network, input);
  appendProbabilities(builder, network, logits);
  for (const [name, value] of stages) if (shown.includes(name)) builder.output(value, `act.${name}`);
  if (trains) {
    const target = builder.input('target', [height, width, network.classes]);
    const seed = builder.input('seed', [1]);
    const loss = builder.apply1(bceDice, { logits, target });
    builder.output(loss, 'loss');
    builder.backward([[loss, seed]]);
    appendOptimiser(builder, defaultOptimiser);
  }
  return { ...builder.build(batch), recipe };
}

interface GoldenOperation {
  /** In block order, by the names in the file. */
  readonly parameters: readonly string[];
  /** Names in the file, several side by side joined by '+'; all but 'target' have a gradient. */
  readonly inputs: readonly string[];
  /** @returns outputs by name in the file */
  readonly build: (
    builder: ProgramBuilder,
    input: (name: string) => Handle,
    parameter: ParameterOf,
  ) => Readonly<Record<string, Handle>>;
}

const scales = ['1', '2', '3', '4', '5'];
const scaleInputs = scales.map((scale) => `t${scale}`);

/** @param inputs and parameters in the order of the definition's inputs */
function single(
  definition: OperationDefinition,
  inputs: readonly string[],
  parameters: readonly string[],
): GoldenOperation {
  return {
    parameters,
    inputs,
    build: (builder, input, parameter) => {
      const given = [...inputs.map(input), ...parameters.map(parameter)];
      // The file has no optional operands, which come last.
      const operands = definition.inputs.map((_, position) => given[position]);
      return { out: builder.apply1(definition, byName(definition.inputs, operands)) };
    },
  };
}

const bridge: GoldenOperation['build'] = (builder, input, parameter) => {
  const skips = attentionBridge(builder, scaleInputs.map(input), '', (name) => parameter(`param.${name}`));
  return Object.fromEntries(skips.map((skip, i) => [`out${String(i + 1)}`, skip]));
};

/**
 * The file's scan has a step size per channel: our low-rank one with rank E and an identity weight.
 * @param names of the group's tensors in the file
 * @throws MambrushError 'golden-unknown' for an operation that this version does not have
 */
export function goldenOperation(group: string, names: readonly string[]): GoldenOperation {
  const parameters = names.filter((name) => name.startsWith('param.'));
  switch (group) {
    case 'scan':
    case 'scan_long':
      return single(selectiveScan, ['u', 'z', 'dt+B+C'], ['identity', 'dt_bias', 'A_log', 'D']);
    case 'causal_conv1d_silu':
      return single(causalConv1dSilu, ['x'], ['weight', 'bias']);
    case 'groupnorm_maxpool_gelu':
      return single(groupnormMaxpoolGelu, ['x'], ['weight', 'bias']);
    case 'groupnorm_upsample_gelu':
      return single(groupnormUpsampleGelu, ['x'], ['weight', 'bias']);
    case 'conv3x3':
      return single(conv3x3, ['x'], ['weight', 'bias']);
    case 'layernorm':
      return single(layernorm, ['x'], ['weight', 'bias']);
    case 'bce_dice':
      return single(bceDice, ['logit', 'target'], []);
    case 'pvm_24_32':
      return {
        parameters,
        inputs: ['x'],
        build: (builder, input, parameter) => ({ out: pvmLayer(builder, input('x'), 'param', parameter) }),
      };
    case 'spatial_bridge':
      return {
        parameters,
        inputs: scaleInputs,
        build: (builder, input, parameter) => {
          const own: ParameterOf = (name) => parameter(`param.${name.replace('satt.', '')}`);
          return Object.fromEntries(
            scales.map((scale) => [`out${scale}`, spatialGate(builder, input(`t${scale}`), '', own)]),
          );
        },
      };
    case 'bridge_fc':
    case 'bridge_conv':
      return { parameters, inputs: scaleInputs, build: bridge };
    default:
      throw new MambrushError('golden-unknown', `This version does not know the golden operation '${group}'.`);
  }
}

/** Inputs those of the operation, and 'grad_*' for each output: the gradient that it starts from. */
export function goldenOperationProgram(recipe: OperationRecipe): Program {
  const { group, batch, parameters, inputs } = recipe;
  const builder = new ProgramBuilder();
  const parameter = declareParameters(builder, parameters);
  const handles = new Map(
    inputs.map(([name, shape]) => [name, builder.input(name, shape, 'f32', name !== 'target')] as const),
  );
  const input = (name: string): Handle => {
    const handle = handles.get(name);
    if (handle === undefined) throw new MambrushError('golden-incomplete', `'${group}' has no '${name}'.`);
    return handle;
  };
  const operation = goldenOperation(
    group,
    parameters.map(([name]) => name),
  );
  const outputs = Object.entries(operation.build(builder, input, parameter));
  const seeds = outputs.map(([name, handle]) => {
    builder.output(handle, name);
    return [handle, builder.input(`grad_${name}`, handle.shape)] as const;
  });
  builder.backward(seeds);
  return { ...builder.build(batch), recipe };
}
