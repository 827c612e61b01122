/**
 * Opens what computes a network's predictions: the executor that is asked for or that wins the race, or ONNX Runtime by
 * its name. Convention: where the native part is missing, 'auto' takes ONNX Runtime before the reference, and says so.
 */
import { refusedByError } from '../../contract/fallback.ts';
import type { Fallback } from '../../contract/fallback.ts';
import type { LongWork } from '../../contract/progress.ts';
import { chooseExecutor } from '../../compute/choose-executor.ts';
import type { ChosenExecutor } from '../../compute/choose-executor.ts';
import type { Compute } from '../../compute/compute.ts';
import { raceExecutors } from '../../compute/race.ts';
import { openExecutorCompute } from '../../infer/executor-predictor.ts';
import { openOnnx, openOnnxGpu } from './onnx-by-name.ts';
import type { ChosenCompute, ComputeRequest } from './onnx-by-name.ts';

export const predictionBatch = 8;
/** Less than this is done before a race is over: 500 images of 256×256. */
const worthARace = 500 * 256 * 256;
/** Above this side a race would take many seconds. */
const largestRaceSide = 1024;

/**
 * @param images how many are to come: a race is worth its second only for many
 * @throws as `chooseExecutor`; MambrushError 'onnx-unavailable'
 */
export async function openCompute(
  compute: Compute,
  request: ComputeRequest,
  images: number,
  work: LongWork,
): Promise<ChosenCompute> {
  const { settings, size, network } = request;
  if (settings.executor === 'onnx') return openOnnx(request);
  if (settings.executor === 'onnx-gpu') return openOnnxGpu(request);
  const own = await chooseExecutor(compute, settings, work);
  const isWorthIt =
    images * size.width * size.height >= worthARace && Math.max(size.width, size.height) <= largestRaceSide;
  const { config, parameters } = network;
  const job = { phase: 'forward', network: config, parameters, size, batch: predictionBatch } as const;
  const best =
    isWorthIt || own.choice.fallback !== undefined ? await raceExecutors(compute, own, settings, job, work) : own;
  const { fallback } = best.choice;
  if (fallback !== undefined) return openBeforeReference(request, best, fallback);
  const { name } = best.executor;
  if (name === own.executor.name) return open(request, best);
  // What won when it was measured may be at work now, as in training.
  return open(request, best).catch((error: unknown) =>
    open(request, { ...own, choice: { ...own.choice, refusals: [refusedByError(name, error)] } }),
  );
}

async function open({ network, size }: ComputeRequest, { executor, choice }: ChosenExecutor): Promise<ChosenCompute> {
  const { config, parameters } = network;
  return { ...(await openExecutorCompute(executor, config, parameters, size, predictionBatch)), choice };
}

async function openBeforeReference(
  request: ComputeRequest,
  reference: ChosenExecutor,
  fallback: Fallback,
): Promise<ChosenCompute> {
  const { choice } = reference;
  try {
    const onnx = await openOnnx(request);
    return { ...onnx, choice: { ...choice, ...onnx.choice, fallback: { ...fallback, instead: 'onnx' } } };
  } catch (error) {
    const refusals = [...fallback.refusals, refusedByError('onnx', error)];
    return open(request, { ...reference, choice: { ...choice, fallback: { ...fallback, refusals } } });
  }
}
