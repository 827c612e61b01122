/**
 * The loss and the pooled Dice and IoU of the validation part, by the forward phase of the training program itself, at the
 * network's size. Not the evaluation at original size (`evaluate.ts`).
 * Convention: nothing is augmented; the loss is the mean over samples, Dice and IoU the mean over classes of all pixels.
 */
import type { NetworkConfig } from '../network/network-config.ts';
import type { Session } from '../program/executor.ts';
import { ConfusionCounter, meanMetrics, metricsOf } from './metrics/confusion.ts';
import { nothingLeftOut } from './left-out.ts';
import type { LeftOut } from './left-out.ts';
import { hasLabels, lossSum, plainDraws } from './sample-batch.ts';
import type { BatchPair, SampleBatch } from './sample-batch.ts';
import type { SampleSource } from './sample-source.ts';
import type { TrainingControl } from './training-control.ts';

export interface ValidationFigures {
  readonly loss: number;
  /** Undefined where neither labels nor prediction have any class. */
  readonly dice: number | undefined;
  readonly iou: number | undefined;
}

/** Sorts out those that exist and have a labelled pixel. Reads them all. */
export function labelledSamples(
  source: SampleSource,
  samples: readonly number[],
): { readonly labelled: readonly number[]; readonly leftOut: LeftOut } {
  const { width, height } = source.size;
  const pixels = new Uint8Array(width * height * source.channels);
  const labels = new Uint8Array(width * height * source.classes);
  const leftOut = nothingLeftOut();
  const labelled = samples.filter((sample) => {
    if (source.read(sample, pixels, labels) === undefined) leftOut.missing++;
    else if (hasLabels(labels)) return true;
    else leftOut.unlabelled++;
    return false;
  });
  return { labelled, leftOut };
}

/** @returns undefined when the run was abandoned meanwhile, or none of the samples is there */
export async function validate(
  session: Session,
  samples: readonly number[],
  buffers: BatchPair,
  network: NetworkConfig,
  control: TrainingControl,
): Promise<ValidationFigures | undefined> {
  const draws = plainDraws(samples);
  // Counted when the run began.
  const gone = nothingLeftOut();
  const counter = new ConfusionCounter(network.classes);
  const run = (batch: SampleBatch): ReturnType<Session['run']> | undefined =>
    batch.count === 0 ? undefined : session.run({ phase: 'forward', ...batch.request() });
  let [batch, other] = buffers;
  let [total, count] = [0, 0];
  batch.fill(draws, gone);
  let running = run(batch);
  while (running !== undefined) {
    try {
      other.fill(draws, gone);
    } catch (error) {
      await running;
      throw error;
    }
    const outputs = await running;
    if (control.ending === 'abort') return undefined;
    // Pixels are counted while the next batch is computed.
    running = run(other);
    total += lossSum(outputs);
    count += batch.count;
    const probabilities = outputs['probabilities'] ?? new Float32Array();
    const perSample = probabilities.length / batch.count;
    for (let position = 0; position < batch.count; position++) {
      const values = probabilities.subarray(position * perSample, (position + 1) * perSample);
      counter.addProbabilities(values, batch.labelsOf(position), network.head);
    }
    [batch, other] = [other, batch];
  }
  if (count === 0) return undefined;
  const classes = counter.all().map((confusion) => metricsOf(confusion, null));
  const { dice, iou } = meanMetrics(classes, ['dice', 'iou']);
  return { loss: total / count, dice: dice ?? undefined, iou: iou ?? undefined };
}
