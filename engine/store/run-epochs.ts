/**
 * The metrics of each epoch of a run. Not the run itself. Convention: epochs count from 1; what is not a finite number
 * is stored as NULL and read as absent, since neither SQLite nor JSON knows NaN.
 */
import { StoreRefusal } from './errors.ts';
import { withoutNulls } from './handle.ts';
import type { ReadHandle, RowOf, WriteHandle } from './handle.ts';
import type { EpochMetrics } from './types.ts';

const columns = {
  trainLoss: 'train_loss',
  valLoss: 'val_loss',
  valDice: 'val_dice',
  valIou: 'val_iou',
  learningRate: 'learning_rate',
  seconds: 'seconds',
  imagesPerSecond: 'images_per_second',
} as const satisfies Readonly<Record<Exclude<keyof EpochMetrics, 'epoch'>, string>>;
const figures = Object.keys(columns) as (keyof typeof columns)[];
const names = Object.values(columns);
const selected = figures.map((name) => `${columns[name]} AS ${name}`);

/** Takes the place of an epoch of the same number. Errors: `run-invalid`. */
export function addEpoch(db: WriteHandle, runId: number, metrics: EpochMetrics): void {
  if (!Number.isInteger(metrics.epoch) || metrics.epoch < 1) {
    throw new StoreRefusal('run-invalid', `Epochs are numbered 1, 2, 3 …, not ${metrics.epoch}.`);
  }
  db.run(
    `INSERT OR REPLACE INTO epochs (run_id, epoch, ${names.join()}) VALUES (?, ?, ${names.map(() => '?').join()})`,
    runId,
    metrics.epoch,
    ...figures.map((name) => finite(metrics[name])),
  );
}

export function readEpochs(db: ReadHandle, runId: number): EpochMetrics[] {
  return db
    .many<RowOf<EpochMetrics>>(`SELECT epoch, ${selected.join()} FROM epochs WHERE run_id = ? ORDER BY epoch`, runId)
    .map((row) => withoutNulls<EpochMetrics>(row));
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
