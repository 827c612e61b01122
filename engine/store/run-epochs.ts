/**
 * The metrics of each epoch of a run. Not the run itself. Convention: epochs count from 1; what is not a finite number
 * is stored as NULL and read as absent, since neither SQLite nor JSON knows NaN.
 */
import { z } from 'zod';
import { StoreRefusal } from './errors.ts';
import type { ReadHandle, WriteHandle } from './handle.ts';
import { fromJsonColumn } from './json-column.ts';
import type { EpochMetrics } from './types.ts';

const numbersByName = z.record(z.string(), z.number());

interface EpochRow {
  readonly epoch: number;
  readonly train_loss: number | null;
  readonly val_loss: number | null;
  readonly val_dice: number | null;
  readonly val_iou: number | null;
  readonly learning_rate: number | null;
  readonly seconds: number | null;
  readonly images_per_second: number | null;
  readonly more: string | null;
}

/** Takes the place of an epoch of the same number. Errors: `run-invalid`. */
export function addEpoch(db: WriteHandle, runId: number, metrics: EpochMetrics): void {
  if (!Number.isInteger(metrics.epoch) || metrics.epoch < 1) {
    throw new StoreRefusal('run-invalid', `Epochs are numbered 1, 2, 3 …, not ${metrics.epoch}.`);
  }
  const more = Object.entries(metrics.more ?? {}).filter(([, value]) => Number.isFinite(value));
  db.run(
    `INSERT OR REPLACE INTO epochs (run_id, epoch, train_loss, val_loss, val_dice, val_iou, learning_rate, seconds,
       images_per_second, more) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    runId,
    metrics.epoch,
    finite(metrics.trainLoss),
    finite(metrics.valLoss),
    finite(metrics.valDice),
    finite(metrics.valIou),
    finite(metrics.learningRate),
    finite(metrics.seconds),
    finite(metrics.imagesPerSecond),
    more.length === 0 ? null : JSON.stringify(Object.fromEntries(more)),
  );
}

export function readEpochs(db: ReadHandle, runId: number): EpochMetrics[] {
  return db.many<EpochRow>('SELECT * FROM epochs WHERE run_id = ? ORDER BY epoch', runId).map((row) => ({
    epoch: row.epoch,
    trainLoss: row.train_loss ?? undefined,
    valLoss: row.val_loss ?? undefined,
    valDice: row.val_dice ?? undefined,
    valIou: row.val_iou ?? undefined,
    learningRate: row.learning_rate ?? undefined,
    seconds: row.seconds ?? undefined,
    imagesPerSecond: row.images_per_second ?? undefined,
    more:
      row.more === null
        ? undefined
        : fromJsonColumn(row.more, numbersByName, `epoch ${row.epoch} of run ${runId}`, db.file),
  }));
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
