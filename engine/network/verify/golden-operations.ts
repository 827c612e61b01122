/**
 * Runs the single operations of a golden file on an executor: outputs and the gradient of every input.
 * Convention: a file's tensors are channels first; each case says which axes they have and builds its program from them.
 */
import { MambrushError } from '../../contract/error.ts';
import type { Executor, FloatArray, SessionOptions } from '../../program/executor.ts';
import type { OperationDefinition } from '../../program/operation.ts';
import { bceDice } from '../../program/operations/bce-dice.ts';
import { causalConv1dSilu } from '../../program/operations/causal-conv1d-silu.ts';
import { conv3x3 } from '../../program/operations/conv3x3.ts';
import { groupnormMaxpoolGelu } from '../../program/operations/groupnorm-maxpool-gelu.ts';
import { groupnormUpsampleGelu } from '../../program/operations/groupnorm-upsample-gelu.ts';
import { layernorm } from '../../program/operations/layernorm.ts';
import { selectiveScan } from '../../program/operations/selective-scan.ts';
import { ProgramBuilder } from '../../program/program-builder.ts';
import type { Handle } from '../../program/program-builder.ts';
import { attentionBridge, spatialGate } from '../bridge.ts';
import { declareParameters } from '../mamba-unet.ts';
import { pvmLayer } from '../pvm-layer.ts';
import type { StoredTensor, TensorFile } from '../safetensors.ts';
import {
  checkGradients,
  gradientToleranceOf,
  largestDifference,
  largestMagnitude,
  meanOf,
  toChannelsLast,
  tolerances,
} from './golden-check.ts';
import type { Check } from './golden-check.ts';

/** What a case may ask of the file while it builds its program. */
interface CaseBuilder {
  readonly builder: ProgramBuilder;
  /** A data input, (B, C, …) in the file, with a gradient. */
  readonly data: (name: string) => Handle;
  /** A data input without a gradient. */
  readonly constant: (name: string) => Handle;
  readonly parameter: (name: string) => Handle;
}

interface Case {
  /** Parameters in block order, by the names in the file. */
  readonly parameters: readonly string[];
  /** Outputs by name in the file. */
  readonly build: (c: CaseBuilder) => Readonly<Record<string, Handle>>;
}

const scales = ['1', '2', '3', '4', '5'];

function single(definition: OperationDefinition, data: string, parameters: readonly string[]): Case {
  return {
    parameters,
    build: ({ builder, data: input, parameter }) => ({
      out: builder.apply1(definition, [input(data), ...parameters.map(parameter)]),
    }),
  };
}

/** The file's scan has a step size per channel: our low-rank one with rank E and an identity weight. */
const scan: Case = {
  parameters: ['dt_bias', 'A_log', 'D'],
  build: ({ builder, data, parameter }) => ({
    out: builder.apply1(selectiveScan, [
      data('u'),
      data('z'),
      data('dt+B+C'),
      parameter('identity'),
      parameter('dt_bias'),
      parameter('A_log'),
      parameter('D'),
    ]),
  }),
};

function bridge(names: readonly string[]): Case {
  return {
    parameters: names.filter((name) => name.startsWith('param.')),
    build: ({ builder, data, parameter }) => {
      const skips = attentionBridge(
        builder,
        scales.map((scale) => data(`t${scale}`)),
        '',
        (name) => parameter(`param.${name}`),
      );
      return Object.fromEntries(skips.map((skip, i) => [`out${String(i + 1)}`, skip]));
    },
  };
}

function caseOf(group: string, names: readonly string[]): Case {
  switch (group) {
    case 'scan':
    case 'scan_long':
      return scan;
    case 'causal_conv1d_silu':
      return single(causalConv1dSilu, 'x', ['weight', 'bias']);
    case 'groupnorm_maxpool_gelu':
      return single(groupnormMaxpoolGelu, 'x', ['weight', 'bias']);
    case 'groupnorm_upsample_gelu':
      return single(groupnormUpsampleGelu, 'x', ['weight', 'bias']);
    case 'conv3x3':
      return single(conv3x3, 'x', ['weight', 'bias']);
    case 'layernorm':
      return single(layernorm, 'x', ['weight', 'bias']);
    case 'pvm_24_32':
      return {
        parameters: names.filter((name) => name.startsWith('param.')),
        build: ({ builder, data, parameter }) => ({
          out: pvmLayer(builder, data('x'), 'param', (name) => parameter(name)),
        }),
      };
    case 'spatial_bridge':
      return {
        parameters: names.filter((name) => name.startsWith('param.')),
        build: ({ builder, data, parameter }) =>
          Object.fromEntries(
            scales.map((scale) => [
              `out${scale}`,
              spatialGate(builder, data(`t${scale}`), '', (name) => parameter(`param.${name.replace('satt.', '')}`)),
            ]),
          ),
      };
    case 'bridge_fc':
    case 'bridge_conv':
      return bridge(names);
    case 'bce_dice':
      return {
        parameters: [],
        build: ({ builder, data, constant }) => ({ out: builder.apply1(bceDice, [data('logit'), constant('target')]) }),
      };
    default:
      throw new MambrushError('golden-unknown', `This version does not know the golden operation '${group}'.`);
  }
}

/** True for a file of single operations. */
export function isGoldenOperations(file: TensorFile): boolean {
  return [...file.tensors.keys()].some((name) => /^[a-z0-9_]+\.out1?$/.test(name));
}

/** @throws MambrushError 'golden-unknown' for an operation that this version does not have */
export async function verifyGoldenOperations(
  file: TensorFile,
  executor: Executor,
  options: SessionOptions = {},
): Promise<readonly Check[]> {
  const groups = new Map<string, Map<string, StoredTensor>>();
  for (const [name, tensor] of file.tensors) {
    const [group = '', ...rest] = name.split('.');
    groups.set(group, (groups.get(group) ?? new Map<string, StoredTensor>()).set(rest.join('.'), tensor));
  }
  const checks: Check[] = [];
  for (const [group, tensors] of groups) {
    const found = await verifyOperation(group, tensors, executor, options);
    checks.push(...found.map((check) => ({ ...check, tensor: `${group}.${check.tensor}` })));
  }
  return checks;
}

/** Channels last, per sample: (B, C, …) to (B, …, C). A (B, L, C) of LayerNorm is so already. */
function channelsLast(group: string, tensor: StoredTensor): StoredTensor {
  const [count = 1, channels = 1, ...plane] = tensor.shape;
  if (group === 'layernorm' || tensor.shape.length < 3) return tensor;
  const size = plane.reduce((product, extent) => product * extent, 1);
  return { shape: [count, ...plane, channels], data: toChannelsLast(tensor.data, channels, size) };
}

/** Several (B, L, C) side by side: (B, L, ΣC). */
function sideBySide(tensors: readonly StoredTensor[]): StoredTensor {
  const [count = 1, length = 1] = tensors[0]?.shape ?? [];
  const rows = count * length;
  const channels = tensors.map(({ data }) => data.length / rows);
  const total = channels.reduce((a, b) => a + b, 0);
  const data = new Float32Array(rows * total);
  let offset = 0;
  tensors.forEach((tensor, i) => {
    const width = channels[i] ?? 0;
    for (let row = 0; row < rows; row++) {
      data.set(tensor.data.subarray(row * width, (row + 1) * width), row * total + offset);
    }
    offset += width;
  });
  return { shape: [count, length, total], data };
}

async function verifyOperation(
  group: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  executor: Executor,
  options: SessionOptions,
): Promise<Check[]> {
  const need = (name: string): StoredTensor => {
    if (name === 'identity') return identity(need('D').data.length);
    const parts = name.split('+').map((part) => tensors.get(part));
    const present = parts.filter((part) => part !== undefined).map((part) => channelsLast(group, part));
    if (present.length !== parts.length) throw new MambrushError('golden-incomplete', `'${group}' has no '${name}'.`);
    return present.length === 1 ? (present[0] as StoredTensor) : sideBySide(present);
  };
  const parameterTensor = (name: string): StoredTensor =>
    name === 'identity' ? need(name) : raw(tensors, group, name);
  const definition = caseOf(group, [...tensors.keys()]);
  const builder = new ProgramBuilder();
  const parameterNames = [...definition.parameters, ...(definition === scan ? ['identity'] : [])];
  const shapes = parameterNames.map((name) => [name, parameterTensor(name).shape] as const);
  const parameter = declareParameters(builder, shapes);
  const inputs: Record<string, FloatArray> = {};
  let count = 1;
  const input = (name: string, wantsGradient: boolean): Handle => {
    const { shape, data } = need(name);
    inputs[name] = data;
    count = shape[0] ?? 1;
    return builder.input(name, shape.slice(1), 'f32', wantsGradient);
  };
  const outputs = definition.build({
    builder,
    data: (name) => input(name, true),
    constant: (name) => input(name, false),
    parameter,
  });
  const seeds = Object.entries(outputs).map(([name, handle]) => {
    builder.output(handle, name);
    const seedName = `grad_${name}`;
    // A batch's loss is the mean of its samples' losses; every other operation's gradient comes with its output.
    inputs[seedName] =
      group === 'bce_dice' ? new Float32Array(count).fill((need(seedName).data[0] ?? 0) / count) : need(seedName).data;
    return [handle, builder.input(seedName, handle.shape)] as const;
  });
  builder.backward(seeds);
  const session = await executor.open(builder.build(count), options);
  try {
    const block = new Float32Array(session.program.parameterCount);
    for (const { name, offset } of session.program.parameters) block.set(parameterTensor(name).data, offset);
    await session.write('parameters', block);
    const results = await session.run({ phase: 'gradient', count, inputs });
    const gradientBlock = await session.read('gradients');
    const gradientOf = (name: string): FloatArray => {
      const found = session.program.parameters.find((candidate) => candidate.name === name);
      if (found !== undefined) return gradientBlock.subarray(found.offset, found.offset + found.size);
      return results[`gradient.${name}`] ?? new Float32Array();
    };
    const checks: Check[] = Object.keys(outputs).map((name) => {
      const found = results[name] ?? new Float32Array();
      const mean = (values: FloatArray): FloatArray =>
        group === 'bce_dice' ? Float64Array.of(meanOf(values)) : values;
      const wanted = need(name).data;
      // Relative to the values: a scan over a thousand tokens or a norm's input reaches tens.
      const scale = Math.max(1, largestMagnitude(wanted));
      return {
        group: 'outputs',
        tensor: name,
        error: largestDifference(mean(found), wanted) / scale,
        tolerance: tolerances.outputs,
      };
    });
    const gradientNames = [...definition.parameters.map((name) => [name, gradientName(name)] as const)];
    const wantedGradients = new Map<string, FloatArray>(
      gradientNames.map(([name, stored]) => [name, raw(tensors, group, stored).data]),
    );
    for (const name of Object.keys(inputs)) {
      if (name.startsWith('grad_') || name === 'target') continue;
      wantedGradients.set(name, need(name.split('+').map(gradientName).join('+')).data);
    }
    checks.push(...checkGradients(wantedGradients, gradientOf, gradientToleranceOf(executor.name)));
    return checks;
  } finally {
    await session.close();
  }
}

function gradientName(name: string): string {
  return `grad_${name}`;
}

function raw(tensors: ReadonlyMap<string, StoredTensor>, group: string, name: string): StoredTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new MambrushError('golden-incomplete', `'${group}' has no '${name}'.`);
  return tensor;
}

function identity(size: number): StoredTensor {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return { shape: [size, size], data };
}
