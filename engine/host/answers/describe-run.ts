/**
 * A run, a split and a project as the contract tells them. Reads the store, changes nothing.
 * Convention: paths of checkpoints become absolute, and are told only while the files are there.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ProjectInfo, SplitInfo } from '../../contract/project.ts';
import type { RunInfo } from '../../contract/training.ts';
import type { ProjectStore, RunRecord, SplitRecord } from '../../store/project-store.ts';
import { holdsRun } from '../../train/runs/start-run.ts';

const settingsSchema = z.object({
  epochs: z.number(),
  size: z.object({ width: z.number(), height: z.number() }),
});

export function describeRun(store: ProjectStore, run: RunRecord): RunInfo {
  const epochs = store.runs.epochs(run.id);
  const best = epochs.find(({ epoch }) => epoch === run.bestEpoch);
  const split = store.splits.get(run.splitId);
  const { epochs: planned, size } = settingsSchema.parse(run.settings);
  const unfinished = run.status !== 'running' && run.status !== 'done';
  return {
    project: store.folder,
    id: run.id,
    name: run.name,
    status: run.status,
    message: run.message,
    code: run.code,
    seed: run.seed,
    executor: run.executor,
    epochs: { done: epochs.at(-1)?.epoch ?? 0, planned },
    best:
      run.bestEpoch === undefined
        ? undefined
        : { epoch: run.bestEpoch, valLoss: best?.valLoss, valDice: best?.valDice },
    bestFile: fileIfThere(store, run.bestFile),
    latestFile: fileIfThere(store, run.latestFile),
    resumable: unfinished && holdsRun(store.runFolder(run.id)),
    size,
    settings: run.settings,
    network: run.network,
    images: { train: split?.parts.train.length ?? 0, val: split?.parts.val.length ?? 0 },
    createdAt: run.createdAt,
  };
}

function fileIfThere(store: ProjectStore, path: string | undefined): string | undefined {
  const file = path === undefined ? undefined : join(store.folder, path);
  return file !== undefined && existsSync(file) ? file : undefined;
}

export function describeSplit(split: SplitRecord): SplitInfo {
  const { parts, settings: _, createdAt, ...others } = split;
  return { ...others, train: parts.train.length, val: parts.val.length, test: parts.test.length, createdAt };
}

export function describeProject(store: ProjectStore): ProjectInfo {
  const images = store.images.all();
  const labelled = store.labels.labelledImageIds().length;
  const split = store.splits.current();
  return {
    project: store.folder,
    created: store.opening.created,
    recovered: store.opening.unclosedBy !== undefined,
    interruptedRuns: store.opening.interruptedRuns.map(({ id }) => id),
    images: {
      total: images.length,
      labelled,
      unlabelled: images.length - labelled,
      missing: images.filter(({ missing }) => missing).length,
    },
    classes: store.classes.all(),
    split: split && describeSplit(split),
    runs: store.runs.all().length,
  };
}
