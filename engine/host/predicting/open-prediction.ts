/**
 * A checkpoint made ready to predict with: what computes it, at which size, and what its classes are called.
 * Convention: what is not said by the caller is the checkpoint's own: size and classes as it was trained.
 */
import { basename, resolve } from 'node:path';
import { z } from 'zod';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { ComputeSettings, ExecutorChoice } from '../../contract/training.ts';
import { hashFile } from '../../dataset/images/hash-file.ts';
import type { MaskClass } from '../../dataset/masks/label-map.ts';
import type { ImagePredictor } from '../../infer/predict-image.ts';
import { BatchingPredictor } from '../../infer/predictor.ts';
import { readCheckpoint } from '../../network/checkpoint.ts';
import type { Checkpoint } from '../../network/checkpoint.ts';
import { checkSize } from '../../network/network-config.ts';
import { nextColor } from '../../store/class-palette.ts';
import type { ClassRecord, ProjectStore, RunRecord } from '../../store/project-store.ts';
import type { Compute } from '../../compute/compute.ts';
import { openCompute, predictionBatch } from './open-compute.ts';

export interface PredictionRequest {
  readonly checkpoint: string;
  /** Side at which the network sees an image. */
  readonly size?: number | undefined;
  readonly compute?: ComputeSettings | undefined;
  /** How many images are to come, where it is known. */
  readonly images?: number | undefined;
}

export interface Prediction {
  readonly checkpoint: string;
  /** SHA-256 of the checkpoint and the size: the same key gives the same masks. */
  readonly key: string;
  readonly predictor: ImagePredictor;
  readonly classes: readonly MaskClass[];
  readonly choice: ExecutorChoice;
  readonly close: () => Promise<void>;
}

const usualSide = 256;

/** @throws MambrushError of `readCheckpoint`, `openCompute`; 'network-size' */
export async function openPrediction(
  available: Compute,
  request: PredictionRequest,
  work: LongWork,
): Promise<Prediction> {
  const checkpoint = resolve(request.checkpoint);
  const network = readCheckpoint(checkpoint);
  const size = request.size === undefined ? sizeOf(network) : { width: request.size, height: request.size };
  checkSize(size.width, size.height);
  const { config } = network;
  const { compute, choice, close } = await openCompute(
    available,
    { network, size, settings: request.compute ?? {} },
    request.images ?? 0,
    work,
  );
  const key = `${await hashFile(checkpoint, work.signal)} ${size.width}×${size.height}`;
  return {
    checkpoint,
    key,
    predictor: {
      predictor: new BatchingPredictor(compute, predictionBatch),
      size,
      channels: config.inputChannels,
      classes: config.classes,
      rule: config.head,
    },
    classes: classesOf(network),
    choice,
    close,
  };
}

export function sizeOf({ metadata }: Checkpoint): { readonly width: number; readonly height: number } {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(metadata['size'] ?? '') ?? [];
  return { width: Number(width ?? usualSide), height: Number(height ?? usualSide) };
}

const classSchema = z.array(z.object({ name: z.string(), color: z.string().regex(/^#[0-9a-f]{6}$/i) }));

/** As the checkpoint names them; numbered where it does not. */
export function classesOf({ metadata, config }: Checkpoint): readonly MaskClass[] {
  const named = classSchema.safeParse(parsed(metadata['classes']));
  if (named.success && named.data.length === config.classes) return named.data;
  const colors: string[] = [];
  for (let index = 0; index < config.classes; index++) colors.push(nextColor(colors));
  return colors.map((color, at) => ({ name: config.classes === 1 ? 'object' : `class ${at + 1}`, color }));
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** The checkpoint that a project predicts with: the one that is named, else the latest run's best. */
export function checkpointOf(
  store: ProjectStore,
  checkpoint: string | undefined,
): { readonly checkpoint: string; readonly run: RunRecord | undefined } {
  if (checkpoint !== undefined) {
    const path = resolve(checkpoint);
    const run = store.runs
      .all()
      .find(({ bestFile, latestFile }) =>
        [bestFile, latestFile].some((file) => file !== undefined && resolve(store.folder, file) === path),
      );
    return { checkpoint: path, run };
  }
  const run = store.runs.all().findLast(({ bestFile }) => bestFile !== undefined);
  if (run?.bestFile !== undefined) return { checkpoint: resolve(store.folder, run.bestFile), run };
  throw new MambrushError(
    'checkpoint-missing',
    `${store.folder} has no trained network yet. Train one first, or name a checkpoint.`,
    { path: store.folder },
  );
}

/**
 * Which class of the project each of the network's is. @returns table from the network's class index to the project's
 * @throws MambrushError 'checkpoint-foreign' when they do not fit
 */
export function classTable(
  classes: readonly ClassRecord[],
  prediction: Prediction,
  run: RunRecord | undefined,
): Uint8Array {
  const table = new Uint8Array(256);
  const known = (at: number): ClassRecord | undefined => {
    const id = run?.classes[at]?.id;
    const name = prediction.classes[at]?.name;
    return id === undefined ? classes.find((entry) => entry.name === name) : classes.find((entry) => entry.id === id);
  };
  const found = prediction.classes.map((_, at) => known(at));
  const byOrder = found.some((entry) => entry === undefined) && run === undefined;
  if (byOrder && prediction.classes.length !== classes.length) {
    const names = (list: readonly { readonly name: string }[]): string => list.map(({ name }) => name).join(', ');
    throw new MambrushError(
      'checkpoint-foreign',
      `'${basename(prediction.checkpoint)}' knows other classes (${names(prediction.classes)}) than this project ` +
        `(${names(classes)}). Use a network that was trained for these classes.`,
      { path: prediction.checkpoint },
    );
  }
  // A class that was removed since is background.
  for (const [at] of prediction.classes.entries()) {
    table[at + 1] = (byOrder ? classes[at]?.index : found[at]?.index) ?? 0;
  }
  return table;
}
