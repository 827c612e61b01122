/**
 * Records in the project what a run's folder says beyond it: a trainer whose engine died finishes its step, or its epoch,
 * and no engine receives that. Convention: the folder decides; nothing in it is changed.
 */
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { MambrushError } from '../../contract/error.ts';
import { readCheckpoint } from '../../network/checkpoint.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { RunFolder } from '../../train/runs/run-folder.ts';
import { holdsRun } from '../../train/runs/start-run.ts';

const bestSchema = z.object({ epoch: z.int().positive() });

export function takeOverRun(store: ProjectStore, run: number): void {
  if (!holdsRun(store.runFolder(run))) return;
  const folder = new RunFolder(store.runFolder(run));
  const known = new Set(store.runs.epochs(run).map(({ epoch }) => epoch));
  for (const metrics of folder.readMetrics()) if (!known.has(metrics.epoch)) store.runs.addEpoch(run, metrics);
  const bestEpoch = bestEpochOf(folder);
  store.runs.update(run, {
    ...(folder.hasLatest && { latestFile: folder.latestFile }),
    ...(bestEpoch !== undefined && { bestEpoch, bestFile: folder.bestFile }),
  });
}

/** Undefined where there is no best, or a damaged one: using it is an error then. */
function bestEpochOf({ bestFile }: RunFolder): number | undefined {
  if (!existsSync(bestFile)) return undefined;
  try {
    const found = bestSchema.safeParse(JSON.parse(readCheckpoint(bestFile).metadata['best'] ?? ''));
    return found.data?.epoch;
  } catch (error) {
    if (error instanceof MambrushError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
