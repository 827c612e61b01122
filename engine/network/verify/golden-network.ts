/**
 * Runs a golden network file on an executor: forward, gradients, ten AdamW steps. Not a test: `mambrush verify` and the
 * tests both call it.
 * Convention: the file's tensors are (B, C, H, W); names as in shared/golden's README.
 */
import { MambrushError } from '../../contract/error.ts';
import type { Executor, FloatArray, RunRequest, Session, SessionOptions } from '../../program/executor.ts';
import { checkpointFromTensors } from '../checkpoint.ts';
import { inferConfig } from '../network-config.ts';
import type { NetworkConfig } from '../network-config.ts';
import type { StoredTensor, TensorFile } from '../safetensors.ts';
import {
  checkGradients,
  gradientToleranceOf,
  largestDifference,
  meanOf,
  toChannelsLast,
  tolerances,
} from './golden-check.ts';
import type { Check } from './golden-check.ts';
import { goldenNetworkProgram } from './golden-programs.ts';

/**
 * The files' ten steps were taken with the recipe's cosine annealing, stepped after every step. Their README says a
 * constant 1e-3; the values say otherwise: constant, the parameters end 2.8e-4 apart, annealed 1e-7.
 */
function learningRateAt(step: number): number {
  return 1e-5 + ((1e-3 - 1e-5) * (1 + Math.cos((Math.PI * (step - 1)) / 50))) / 2;
}

interface GoldenNetwork {
  readonly config: NetworkConfig;
  readonly parameters: Float32Array;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** True for a file with a whole network in it. */
export function isGoldenNetwork(file: TensorFile): boolean {
  return file.tensors.has('param.final.weight') && file.tensors.has('input');
}

function withoutPrefix(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Map<string, StoredTensor> {
  return new Map(
    [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, t]) => [name.slice(prefix.length), t]),
  );
}

function goldenNetwork(file: TensorFile, path: string): GoldenNetwork {
  const named = withoutPrefix(file.tensors, 'param.');
  const shapes = new Map([...named].map(([name, { shape }]) => [name, shape]));
  // The reference knows sigmoids only.
  const config = { ...inferConfig(shapes), head: 'sigmoid' } as const;
  const [count = 0, , height = 0, width = 0] = need(file.tensors, 'input', path).shape;
  const { parameters } = checkpointFromTensors({ tensors: named, metadata: {} }, path);
  return { config, parameters, tensors: file.tensors, count, height, width };
}

function need(tensors: ReadonlyMap<string, StoredTensor>, name: string, path: string): StoredTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    throw new MambrushError('golden-incomplete', `'${path}' has no tensor '${name}'.`, { path });
  }
  return tensor;
}

/** @throws MambrushError when the file is incomplete or the executor cannot be opened */
export async function verifyGoldenNetwork(
  file: TensorFile,
  path: string,
  executor: Executor,
  options: SessionOptions = {},
): Promise<readonly Check[]> {
  const golden = goldenNetwork(file, path);
  const { config, count, height, width } = golden;
  const program = goldenNetworkProgram({
    kind: 'golden-network',
    network: config,
    size: { width, height, batch: count },
    stages: [...withoutPrefix(golden.tensors, 'act.').keys()],
    trains: golden.tensors.has('target'),
  });
  const session = await executor.open(program, options);
  try {
    await session.write('parameters', golden.parameters);
    const plane = golden.height * golden.width;
    const channelsLast = (name: string, channels: number): Float32Array =>
      toChannelsLast(need(golden.tensors, name, path).data, channels, plane);
    const trains = golden.tensors.has('target');
    const request = {
      count: golden.count,
      inputs: {
        input: channelsLast('input', golden.config.inputChannels),
        ...(trains && {
          target: channelsLast('target', golden.config.classes),
          seed: new Float32Array(golden.count).fill(1 / golden.count),
        }),
      },
    };
    const checks = await checkForward(session, golden, request, path);
    if (golden.tensors.has('losses')) {
      const tolerance = gradientToleranceOf(executor.name);
      checks.push(...(await checkTraining(session, golden, request, path, tolerance)));
    }
    return checks;
  } finally {
    await session.close();
  }
}

async function checkForward(
  session: Session,
  golden: GoldenNetwork,
  request: Pick<RunRequest, 'count' | 'inputs'>,
  path: string,
): Promise<Check[]> {
  const outputs = await session.run({ ...request, phase: 'forward' });
  const compare = (group: 'outputs' | 'activations', tensor: string, found: FloatArray | undefined): Check => {
    const { shape, data } = need(golden.tensors, tensor, path);
    const [, channels = 1, height = 1, width = 1] = shape;
    const wanted = toChannelsLast(data, channels, height * width);
    return {
      group,
      tensor,
      error: largestDifference(found ?? new Float32Array(), wanted),
      tolerance: tolerances[group],
    };
  };
  return [
    compare('outputs', 'output', outputs['probabilities']),
    ...Object.keys(outputs)
      .filter((name) => name.startsWith('act.'))
      .map((name) => compare('activations', name, outputs[name])),
  ];
}

async function checkTraining(
  session: Session,
  golden: GoldenNetwork,
  request: Pick<RunRequest, 'count' | 'inputs'>,
  path: string,
  gradientTolerance: number,
): Promise<Check[]> {
  const { program } = session;
  const sliceOf = (block: FloatArray, name: string): FloatArray => {
    const parameter = program.parameters.find((candidate) => candidate.name === name);
    if (parameter === undefined) return new Float32Array();
    return block.subarray(parameter.offset, parameter.offset + parameter.size);
  };
  await session.run({ ...request, phase: 'gradient' });
  const gradients = await session.read('gradients');
  const wanted = new Map([...withoutPrefix(golden.tensors, 'grad.')].map(([name, { data }]) => [name, data]));
  const checks = checkGradients(wanted, (name) => sliceOf(gradients, name), gradientTolerance);

  const losses = need(golden.tensors, 'losses', path).data;
  for (let step = 1; step <= losses.length; step++) {
    const outputs = await session.run({
      ...request,
      phase: 'step',
      scalars: { learningRate: learningRateAt(step), step },
    });
    const loss = meanOf(outputs['loss']);
    const target = losses[step - 1] ?? NaN;
    const error = Math.abs(loss - target) / Math.abs(target);
    checks.push({ group: 'losses', tensor: `losses[${String(step - 1)}]`, error, tolerance: tolerances.losses });
    const after = withoutPrefix(golden.tensors, `after${String(step)}.`);
    if (after.size === 0) continue;
    const parameters = await session.read('parameters');
    for (const [name, { data }] of after) {
      if (hasNoEffect(golden.config, name)) continue;
      const found = largestDifference(sliceOf(parameters, name), data);
      const tensor = `after${String(step)}.${name}`;
      checks.push({ group: 'parameters', tensor, error: found, tolerance: tolerances.parameters });
    }
  }
  return checks;
}

/** A bias right before a norm with one channel per group is taken out again: its values are rounding noise. */
function hasNoEffect(config: NetworkConfig, name: string): boolean {
  return config.widths[0] === 4 && (name === 'encoder1.0.bias' || name === 'decoder5.0.bias');
}
