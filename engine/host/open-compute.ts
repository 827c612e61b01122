/**
 * Chooses what computes a network's predictions: an executor of ours, or ONNX Runtime on the processor or a graphics card.
 * Convention: what is not what was asked for or expected is said in `choice.fallback`; a graphics card is used only after
 * its results were held against the processor's on this very machine.
 */
import { availableParallelism } from 'node:os';
import { listSupportedProviders } from '../infer/onnx-providers.ts';
import { MambrushError } from '../contract/error.ts';
import type { LongWork } from '../contract/progress.ts';
import type { ExecutorChoice } from '../contract/training.ts';
import { referenceExecutor } from '../executors/reference/reference-executor.ts';
import { exampleInputs, largestDifference, measureCompute } from '../infer/compare-computes.ts';
import { openExecutorCompute } from '../infer/executor-predictor.ts';
import type { OpenedCompute } from '../infer/executor-predictor.ts';
import { openOnnxCompute } from '../infer/onnx-compute.ts';
import type { OnnxProvider } from '../infer/onnx-compute.ts';
import type { Checkpoint } from '../network/checkpoint.ts';
import { onnxModel } from '../onnx/onnx-model.ts';
import { chooseExecutor } from './executors.ts';
import type { ComputeSettings } from './executors.ts';
import { mambrushVersion } from './version.ts';

export interface ComputeRequest {
  readonly network: Checkpoint;
  readonly size: { readonly width: number; readonly height: number };
  readonly settings: ComputeSettings;
  /** How many images are to come: a race is worth its second only for many. */
  readonly images: number;
}

export interface ChosenCompute extends OpenedCompute {
  readonly choice: ExecutorChoice;
}

export const predictionBatch = 8;
/** Fewer images than this are done before a race is over. */
const worthARace = 500;
/** Of probabilities: ten times what is found on steep pictures, and a thousand times too little to matter in a mask. */
const allowedDifference = 1e-4;

const onnxNames = { onnx: 'ONNX Runtime on the processor', 'onnx-gpu': 'ONNX Runtime on the graphics card' } as const;

/** @throws as `chooseExecutor`; MambrushError 'onnx-unavailable' */
export async function openCompute(request: ComputeRequest, work: LongWork): Promise<ChosenCompute> {
  const { executor = 'auto' } = request.settings;
  if (executor === 'onnx') return openOnnx(request);
  if (executor === 'onnx-gpu') return openOnnxGpu(request);
  const own = await openOwn(request, work);
  if (executor !== 'auto') return own;
  const isSlow = own.choice.fallback !== undefined;
  return isSlow || request.images >= worthARace ? race(request, own) : own;
}

async function openOwn({ network, size, settings }: ComputeRequest, work: LongWork): Promise<ChosenCompute> {
  const { executor, choice } = await chooseExecutor(settings, work);
  const threads = settings.threads ?? availableParallelism();
  const { config, parameters } = network;
  const opened = await openExecutorCompute(executor, config, parameters, size, predictionBatch, { threads });
  return { ...opened, choice };
}

async function openOnnx(
  { network, size, settings }: ComputeRequest,
  provider: OnnxProvider = 'cpu',
): Promise<ChosenCompute> {
  const { config, parameters } = network;
  const facts = { classes: [], size, version: mambrushVersion, origin: '' };
  const model = onnxModel(config, parameters, 'fast', facts);
  const threads = settings.threads ?? availableParallelism();
  const shape = { ...size, channels: config.inputChannels, classes: config.classes };
  const opened = await openOnnxCompute(model, shape, { threads, provider });
  const name = provider === 'cpu' ? 'onnx' : 'onnx-gpu';
  const detail = provider === 'cpu' ? `${threads} threads` : provider;
  return { ...opened, choice: { executor: name, description: `${onnxNames[name]}, ${detail}` } };
}

/** The first kind of graphics card that runs the network and agrees with the processor; else the processor. */
async function openOnnxGpu(request: ComputeRequest): Promise<ChosenCompute> {
  const reasons: string[] = [];
  const processor = await openOnnx(request);
  const inputs = exampleInputs({ ...request.size, channels: request.network.config.inputChannels }, 2);
  for (const provider of listSupportedProviders()) {
    const card = await openOnnx(request, provider).catch((error: unknown) => {
      reasons.push(reasonOf(error));
      return undefined;
    });
    if (card === undefined) continue;
    const difference = await largestDifference(processor.compute, card.compute, inputs).catch((error: unknown) => {
      reasons.push(reasonOf(error));
      return undefined;
    });
    if (difference !== undefined && difference <= allowedDifference) {
      await processor.close();
      return card;
    }
    if (difference !== undefined) {
      reasons.push(`${provider} computes wrongly here: probabilities differ by ${difference.toExponential(1)}.`);
    }
    await card.close();
  }
  if (reasons.length === 0) reasons.push('This build of ONNX Runtime knows no graphics card on this system.');
  const fallback = `${reasons.join(' ')} The processor computes instead.`;
  return { ...processor, choice: { ...processor.choice, fallback } };
}

function reasonOf(error: unknown): string {
  return error instanceof MambrushError ? error.message : String(error);
}

/** Own executor against ONNX Runtime, on this network and size. */
async function race(request: ComputeRequest, own: ChosenCompute): Promise<ChosenCompute> {
  const rival = await openOnnx(request).catch(() => undefined);
  if (rival === undefined) return own;
  const isReference = own.choice.executor === referenceExecutor.name;
  // The reference takes seconds for an image of full size; a single one shows all that has to be seen.
  const inputs = exampleInputs(
    { ...request.size, channels: request.network.config.inputChannels },
    isReference ? 1 : predictionBatch,
  );
  const [mine, theirs] = [await measureCompute(own.compute, inputs), await measureCompute(rival.compute, inputs)];
  const agrees = (await largestDifference(own.compute, rival.compute, inputs)) <= allowedDifference;
  const [winner, loser] = agrees && theirs < mine ? [rival, own] : [own, rival];
  await loser.close();
  const [fast, slow] = [Math.min(mine, theirs), Math.max(mine, theirs)].map((ms) => (ms / inputs.length).toFixed(1));
  const remark = agrees
    ? `measured just now: ${fast} ms an image, ${loser.choice.executor} ${slow} ms`
    : 'ONNX Runtime gives other values here, and is not used';
  const { fallback } = own.choice;
  return {
    ...winner,
    choice: {
      ...winner.choice,
      description: `${winner.choice.description} (${remark})`,
      // What is missing is missing, whoever computes instead.
      ...(fallback !== undefined && { fallback: winner === own ? fallback : fallbackOf(fallback) }),
    },
  };
}

function fallbackOf(text: string): string {
  return `${text.replace(/ The executor '\w+' computes instead; it is far slower\.$/, '')} ONNX Runtime computes instead.`;
}
