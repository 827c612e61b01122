/**
 * ONNX Runtime as an executor by name: 'onnx' on the processor, 'onnx-gpu' on a graphics card. Not the choice of it.
 * Convention: a graphics card is used only after its results were held against the processor's on this very machine.
 */
import { availableParallelism } from 'node:os';
import { MambrushError } from '../../contract/error.ts';
import { refusedByError } from '../../contract/fallback.ts';
import type { Refusal } from '../../contract/fallback.ts';
import type { ComputeSettings, ExecutorChoice } from '../../contract/training.ts';
import { exampleInputs, refusedByResults } from '../../compute/compare-results.ts';
import type { OpenedCompute } from '../../infer/executor-predictor.ts';
import { openOnnxCompute } from '../../infer/onnx-compute.ts';
import type { OnnxProvider } from '../../infer/onnx-compute.ts';
import { listSupportedProviders } from '../../infer/onnx-providers.ts';
import type { Checkpoint } from '../../network/checkpoint.ts';
import { onnxModel } from '../../onnx/onnx-model.ts';
import { mambrushVersion } from '../../version.ts';

export interface ComputeRequest {
  readonly network: Checkpoint;
  readonly size: { readonly width: number; readonly height: number };
  readonly settings: ComputeSettings;
}

export interface ChosenCompute extends OpenedCompute {
  readonly choice: ExecutorChoice;
}

const names = { onnx: 'ONNX Runtime on the processor', 'onnx-gpu': 'ONNX Runtime on the graphics card' } as const;

/** @throws MambrushError 'onnx-unavailable' */
export async function openOnnx(
  { network: { config, parameters }, size, settings }: ComputeRequest,
  provider: OnnxProvider = 'cpu',
): Promise<ChosenCompute> {
  const model = onnxModel(config, parameters, 'fast', { classes: [], size, version: mambrushVersion, origin: '' });
  const threads = settings.threads ?? availableParallelism();
  const shape = { ...size, channels: config.inputChannels, classes: config.classes };
  const opened = await openOnnxCompute(model, shape, { threads, provider });
  const executor = provider === 'cpu' ? 'onnx' : 'onnx-gpu';
  const detail = provider === 'cpu' ? `${threads} threads` : provider;
  return { ...opened, choice: { executor, description: `${names[executor]}, ${detail}` } };
}

/** The first kind of graphics card that runs the network and agrees with the processor; else the processor. */
export async function openOnnxGpu(request: ComputeRequest): Promise<ChosenCompute> {
  const processor = await openOnnx(request);
  const inputs = exampleInputs({ ...request.size, channels: request.network.config.inputChannels }, 2);
  const expected = await processor.compute(inputs);
  const refusals: Refusal[] = [];
  for (const provider of listSupportedProviders()) {
    try {
      const card = await openOnnx(request, provider);
      const refused = await card.compute(inputs).then(
        (found) => refusedByResults(provider, found, expected),
        (error: unknown) => refusedByError(provider, error),
      );
      await (refused === undefined ? processor : card).close();
      if (refused === undefined) return card;
      refusals.push(refused);
    } catch (error) {
      refusals.push(refusedByError(provider, error));
    }
  }
  if (refusals.length === 0) {
    const message = 'This build of ONNX Runtime knows no graphics card on this system.';
    refusals.push(refusedByError('onnx-gpu', new MambrushError('onnx-unavailable', message)));
  }
  return { ...processor, choice: { ...processor.choice, fallback: { refusals, instead: 'processor' } } };
}
