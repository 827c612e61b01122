/**
 * Chooses what computes a network's predictions: an executor of ours, or ONNX Runtime on the processor or a graphics card.
 * Convention: what is not what was asked for or expected is said in `choice.fallback`; a graphics card is used only after
 * its results were held against the processor's on this very machine.
 */
import { availableParallelism } from 'node:os';
import { listSupportedProviders } from '../../infer/onnx-providers.ts';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { ExecutorChoice } from '../../contract/training.ts';
import { referenceExecutor } from '../../executors/reference/reference-executor.ts';
import { exampleInputs, largestDifference, measureCompute } from '../../infer/compare-computes.ts';
import { openExecutorCompute } from '../../infer/executor-predictor.ts';
import { openOnnxCompute } from '../../infer/onnx-compute.ts';
import type { OnnxProvider } from '../../infer/onnx-compute.ts';
import type { NetworkInput } from '../../infer/predictor.ts';
import { onnxModel } from '../../onnx/onnx-model.ts';
import type { OnnxForm } from '../../onnx/onnx-model.ts';
import type { ChosenCompute, ComputeRequest } from './chosen-compute.ts';
import { chooseExecutor, withRace } from '../../compute/executors.ts';
import { raceCardsForPrediction } from './race-prediction.ts';
import { mambrushVersion } from '../../version.ts';

export const predictionBatch = 8;
/** Less than this is done before a race is over: 500 images of 256×256. */
const worthARace = 500 * 256 * 256;
/** A race computes no more at once, so that it is over in about a second. */
const racePixels = predictionBatch * 256 * 256;
/** Above this side ONNX Runtime's memory is out of proportion. */
const largestRaceSide = 1024;
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
  const { width, height } = request.size;
  const isSlow = own.choice.fallback !== undefined;
  const isWorthIt = request.images * width * height >= worthARace && Math.max(width, height) <= largestRaceSide;
  if (!isSlow && !isWorthIt) return own;
  const best = await race(request, own);
  return raceCardsForPrediction(request, best, { batch: predictionBatch, allowedDifference }, work);
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
  form: OnnxForm = 'fast',
): Promise<ChosenCompute> {
  const { config, parameters } = network;
  const facts = { classes: [], size, version: mambrushVersion, origin: '' };
  const model = onnxModel(config, parameters, form, facts);
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

/** What a race on this machine said, for as long as the process lives. */
interface Verdict {
  readonly winner: 'own' | OnnxForm;
  readonly race: NonNullable<ExecutorChoice['race']>;
  readonly remark?: string;
}
const verdicts = new Map<string, Verdict>();

/** Own executor against ONNX Runtime, on this network and size, once for each. */
async function race(request: ComputeRequest, own: ChosenCompute): Promise<ChosenCompute> {
  const { network, size, settings } = request;
  const key = JSON.stringify([network.config, size, settings, own.choice.executor]);
  const verdict = verdicts.get(key) ?? (await judge(request, own));
  verdicts.set(key, verdict);
  if (verdict.winner === 'own') return withRace(own, verdict.race, verdict.remark);
  const winner = await openOnnx(request, 'cpu', verdict.winner);
  await own.close();
  const chosen = withRace(winner, verdict.race, verdict.remark);
  const { fallback } = own.choice;
  // What is missing is missing, whoever computes instead.
  return fallback === undefined ? chosen : { ...chosen, choice: { ...chosen.choice, fallback: fallbackOf(fallback) } };
}

async function judge(request: ComputeRequest, own: ChosenCompute): Promise<Verdict> {
  const { width, height } = request.size;
  // The reference takes seconds for an image of full size; a single one shows all that has to be seen.
  const isReference = own.choice.executor === referenceExecutor.name;
  const affordable = Math.max(1, Math.floor(racePixels / (width * height)));
  const count = isReference ? 1 : Math.min(predictionBatch, affordable);
  const inputs = exampleInputs({ width, height, channels: request.network.config.inputChannels }, count);
  try {
    const fast = await compete(request, own, inputs, 'fast');
    // The portable form has been seen to win by a third where threads are few, never by half.
    const portable = fast.theirs > 2 * fast.mine ? undefined : await compete(request, own, inputs, 'portable');
    const mine = fast.mine;
    const [form, theirs] =
      portable !== undefined && portable.theirs < fast.theirs
        ? (['portable', portable.theirs] as const)
        : (['fast', fast.theirs] as const);
    return {
      winner: theirs < mine ? form : 'own',
      race: [
        { executor: own.choice.executor, milliseconds: mine / count },
        { executor: 'onnx', milliseconds: theirs / count },
      ],
    };
  } catch (error) {
    return { winner: 'own', race: [], remark: `ONNX Runtime is not used: ${reasonOf(error)}` };
  }
}

/** Milliseconds for the inputs. @throws MambrushError 'onnx-unavailable' also where the two do not agree */
async function compete(
  request: ComputeRequest,
  own: ChosenCompute,
  inputs: readonly NetworkInput[],
  form: OnnxForm,
): Promise<{ readonly mine: number; readonly theirs: number }> {
  const rival = await openOnnx(request, 'cpu', form);
  try {
    // The comparison warms both up.
    const difference = await largestDifference(own.compute, rival.compute, inputs);
    if (!(difference <= allowedDifference)) {
      const apart = difference.toExponential(1);
      throw new MambrushError('onnx-unavailable', `its probabilities differ by ${apart} here.`);
    }
    return { mine: await measureCompute(own.compute, inputs), theirs: await measureCompute(rival.compute, inputs) };
  } finally {
    await rival.close();
  }
}

function fallbackOf(text: string): string {
  return `${text.replace(/ The executor '\w+' computes instead; it is far slower\.$/, '')} ONNX Runtime computes instead.`;
}
