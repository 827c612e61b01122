/**
 * Training runs: how each was set up, how far it came, where its checkpoints lie. Trains nothing, writes no checkpoint.
 * Convention: files are kept relative to the project folder, so that the folder can be moved.
 */
import { z } from 'zod';
import { classInfo } from '../contract/project.ts';
import { readClasses } from './classes.ts';
import { StoreRefusal } from './errors.ts';
import { withoutNulls } from './handle.ts';
import type { ReadHandle, RowOf, SqlValue, WriteHandle } from './handle.ts';
import { fromJsonColumn, objectFromColumn, toJsonColumn } from './json-column.ts';
import { pathInFolder } from './relative-path.ts';
import { addEpoch, readEpochs } from './run-epochs.ts';
import { requireSplit } from './splits.ts';
import type { NewRun, RunChange, RunRecord, RunStore } from './types.ts';

const classList = z.array(classInfo);

const runs = `SELECT id, name, split_id AS splitId, seed, executor, network, settings, classes, status, message, code,
  best_epoch AS bestEpoch, best_file AS bestFile, latest_file AS latestFile, created_at AS createdAt,
  ended_at AS endedAt FROM runs`;

type JsonName = 'network' | 'settings' | 'classes';
type RunRow = RowOf<Omit<RunRecord, JsonName>> & Readonly<Record<JsonName, string>>;

export function requireRun(db: ReadHandle, id: number): RunRecord {
  const row = db.one<RunRow>(`${runs} WHERE id = ?`, id);
  if (row === undefined) throw new StoreRefusal('run-unknown', `There is no training run ${id} in this project.`);
  return toRecord(db, row);
}

/** @param folder the project's, to which files of runs are relative */
export function runStore(db: WriteHandle, folder: string): RunStore {
  const found = (row: RunRow | undefined): RunRecord | undefined => (row === undefined ? undefined : toRecord(db, row));
  return {
    create: (run) => db.transaction(() => createRun(db, run)),
    update: (id, change) => db.transaction(() => updateRun(db, folder, id, change)),
    addEpoch: (id, metrics) => {
      db.transaction(() => addEpoch(db, requireRun(db, id).id, metrics));
    },
    epochs: (id) => readEpochs(db, requireRun(db, id).id),
    get: (id) => found(db.one<RunRow>(`${runs} WHERE id = ?`, id)),
    all: () => db.many<RunRow>(`${runs} ORDER BY id`).map((row) => toRecord(db, row)),
    latest: () => found(db.one<RunRow>(`${runs} ORDER BY id DESC LIMIT 1`)),
    interruptOrphans: () =>
      db.transaction(() =>
        db
          .many<{ id: number }>(`SELECT id FROM runs WHERE status = 'running' ORDER BY id`)
          .map(({ id }) => updateRun(db, folder, id, { status: 'interrupted' })),
      ),
  };
}

function createRun(db: WriteHandle, run: NewRun): RunRecord {
  requireSplit(db, run.splitId);
  if (!Number.isSafeInteger(run.seed)) {
    throw new StoreRefusal('run-invalid', `The seed of a run is a whole number, not ${run.seed}.`);
  }
  const { id } = db.run(
    `INSERT INTO runs (name, split_id, seed, executor, network, settings, classes, status, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 'running', ?)`,
    run.name ?? '',
    run.splitId,
    run.seed,
    run.executor,
    toJsonColumn(run.network, 'network of the run', 'run-invalid'),
    toJsonColumn(run.settings, 'settings of the run', 'run-invalid'),
    JSON.stringify(readClasses(db)),
    new Date().toISOString(),
  );
  if (run.name === undefined) db.run('UPDATE runs SET name = ? WHERE id = ?', `Run ${id}`, id);
  return requireRun(db, id);
}

function updateRun(db: WriteHandle, folder: string, id: number, change: RunChange): RunRecord {
  requireRun(db, id);
  const set = (column: string, value: SqlValue): void => {
    db.run(`UPDATE runs SET ${column} = ? WHERE id = ?`, value, id);
  };
  if (change.name !== undefined) set('name', change.name);
  if (change.executor !== undefined) set('executor', change.executor);
  if (change.settings !== undefined) {
    set('settings', toJsonColumn(change.settings, 'settings of the run', 'run-invalid'));
  }
  if ('message' in change) {
    set('message', change.message ?? null);
    set('code', change.code ?? null);
  }
  if ('bestEpoch' in change) set('best_epoch', change.bestEpoch ?? null);
  if ('bestFile' in change) set('best_file', fileColumn(folder, change.bestFile));
  if ('latestFile' in change) set('latest_file', fileColumn(folder, change.latestFile));
  if (change.status !== undefined) {
    set('status', change.status);
    set('ended_at', change.status === 'running' ? null : new Date().toISOString());
  }
  return requireRun(db, id);
}

function fileColumn(folder: string, file: string | undefined): string | null {
  if (file === undefined) return null;
  const path = pathInFolder(folder, file);
  if (path === undefined) {
    throw new StoreRefusal('run-invalid', `${file} is outside the project folder. Write checkpoints of a run inside.`, {
      path: file,
    });
  }
  return path;
}

function toRecord(db: ReadHandle, row: RunRow): RunRecord {
  return {
    ...withoutNulls<Omit<RunRecord, JsonName>>(row),
    network: objectFromColumn(row.network, `network of run ${row.id}`, db.file),
    settings: objectFromColumn(row.settings, `settings of run ${row.id}`, db.file),
    classes: fromJsonColumn(row.classes, classList, `classes of run ${row.id}`, db.file),
  };
}
