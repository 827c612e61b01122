/** What is kept of an epoch's figures: in the run's metrics, and with its best checkpoint. Pure. */
import type { EpochMetrics } from '../store/types.ts';
import type { BestEpoch } from './runs/run-state.ts';
import type { EpochPass } from './train-epoch.ts';
import type { ValidationFigures } from './validate.ts';

export function bestOf(epoch: number, loss: number, figures: ValidationFigures | undefined): BestEpoch {
  return { epoch, loss, ...(figures === undefined ? {} : { dice: figures.dice, iou: figures.iou }) };
}

export function metricsOf(
  epoch: number,
  learningRate: number,
  pass: EpochPass,
  figures: ValidationFigures | undefined,
): EpochMetrics {
  return {
    epoch,
    trainLoss: pass.loss,
    ...(figures === undefined ? {} : { valLoss: figures.loss, valDice: figures.dice, valIou: figures.iou }),
    learningRate,
    seconds: pass.seconds,
    imagesPerSecond: pass.samples / pass.seconds,
  };
}
