/**
 * What a run's checkpoints hold besides parameters, and how the blocks of a session become one. Not the file format
 * (`network/checkpoint.ts`). Convention: metadata values are text: 'size' is WIDTHxHEIGHT, 'classes', 'spec', 'state' and
 * 'best' are JSON, 'epoch' is a number; `latest` has the moments and the state, `best` has neither.
 */
import { writeCheckpoint } from '../../network/checkpoint.ts';
import type { FloatArray, Session } from '../../program/executor.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunSpec } from './run-spec.ts';
import type { BestEpoch, RunState } from './run-state.ts';
import { TrainingError } from '../train-error.ts';

export interface Blocks {
  readonly parameters: Float32Array;
  readonly moments: { readonly moment1: Float32Array; readonly moment2: Float32Array };
}

/**
 * Reads a session's blocks as a checkpoint keeps them, in float32, and makes the session go on from exactly these: so an
 * executor that computes in float64 resumes to the same bits too.
 * @throws TrainingError 'training-diverged' when any value is no finite number
 */
export async function settleBlocks(session: Session): Promise<Blocks> {
  const settle = async (block: 'parameters' | 'moment1' | 'moment2'): Promise<Float32Array> => {
    const values = await session.read(block);
    const kept = Float32Array.from(values);
    if (!kept.every(Number.isFinite)) throw divergedError('the network holds numbers that are not finite');
    if (isDouble(values)) await session.write(block, kept);
    return kept;
  };
  return {
    parameters: await settle('parameters'),
    moments: { moment1: await settle('moment1'), moment2: await settle('moment2') },
  };
}

function isDouble(values: FloatArray): values is Float64Array {
  return values instanceof Float64Array;
}

/** @param what has happened, as a clause */
export function divergedError(what: string): TrainingError {
  return new TrainingError(
    'training-diverged',
    `Training went out of bounds: ${what}. The last good checkpoint is kept. Start again with a lower learning rate ` +
      '(a tenth of this one), or with gradient clipping.',
  );
}

function describe(spec: RunSpec, epoch: number): Record<string, string> {
  const { width, height } = spec.settings.size;
  return {
    size: `${width}x${height}`,
    classes: JSON.stringify(spec.classes),
    epoch: String(epoch),
    run: spec.name,
  };
}

/** @throws MambrushError 'checkpoint-not-written' */
export function writeLatest(folder: RunFolder, spec: RunSpec, blocks: Blocks, state: RunState): void {
  writeCheckpoint(folder.latestFile, {
    config: spec.network,
    ...blocks,
    metadata: { ...describe(spec, state.epoch), state: JSON.stringify(state), spec: JSON.stringify(spec) },
  });
}

/** @throws MambrushError 'checkpoint-not-written' */
export function writeBest(
  folder: RunFolder,
  spec: RunSpec,
  parameters: Float32Array,
  best: BestEpoch,
  monitored: RunState['monitored'],
): void {
  const { data: _, ...rest } = spec;
  writeCheckpoint(folder.bestFile, {
    config: spec.network,
    parameters,
    moments: undefined,
    metadata: {
      ...describe(spec, best.epoch),
      best: JSON.stringify({ ...best, monitored }),
      spec: JSON.stringify(rest),
    },
  });
}
