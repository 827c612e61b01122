/**
 * Prediction by an executor of ours: the network's forward program in one session. Convention: inputs are normalized by
 * the program itself, from each image's own minimum and maximum, exactly as in training.
 */
import type { NetworkConfig } from '../network/network-config.ts';
import { predictionProgram } from '../network/mamba-unet.ts';
import { asFloat32 } from '../program/executor.ts';
import type { Executor, SessionOptions } from '../program/executor.ts';
import { placementSize } from '../program/operations/sample-placement.ts';
import type { ComputeBatch, NetworkInput } from './predictor.ts';

export interface OpenedCompute {
  readonly compute: ComputeBatch;
  readonly close: () => Promise<void>;
}

const unmoved = [1, 0, 0, 0, 1, 0] as const;

/** @param parameters the whole block, in checkpoint order */
export async function openExecutorCompute(
  executor: Executor,
  config: NetworkConfig,
  parameters: Float32Array,
  size: { readonly width: number; readonly height: number },
  batch: number,
  options: SessionOptions = {},
): Promise<OpenedCompute> {
  const session = await executor.open(predictionProgram(config, { ...size, batch }), options);
  await session.write('parameters', parameters);
  const pixelBytes = size.width * size.height * config.inputChannels;
  const mapSize = size.width * size.height * config.classes;
  // Filled anew for every batch: `run` has copied them when it first waits.
  const [allSamples, allPlacement] = [new Uint8Array(batch * pixelBytes), new Float32Array(batch * placementSize)];
  const compute = async (inputs: readonly NetworkInput[]): Promise<readonly Float32Array[]> => {
    const samples = allSamples.subarray(0, inputs.length * pixelBytes);
    const placement = allPlacement.subarray(0, inputs.length * placementSize);
    for (const [at, { pixels, min, max }] of inputs.entries()) {
      samples.set(pixels, at * pixelBytes);
      placement.set([...unmoved, min, max], at * placementSize);
    }
    const outputs = await session.run({ phase: 'forward', count: inputs.length, inputs: { samples, placement } });
    const all = asFloat32(outputs['probabilities'] ?? new Float32Array());
    return inputs.map((_, at) => all.subarray(at * mapSize, (at + 1) * mapSize));
  };
  return { compute, close: () => session.close() };
}
