/**
 * Predicts images and writes what was predicted as files. Convention: an image that cannot be read is a line in the report,
 * and the rest goes on; what is there already from the same image and network is not computed again.
 */
import { join } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { FileNote } from '../../contract/dataset.ts';
import type { PredictReport } from '../../contract/prediction.ts';
import type { LongWork } from '../../contract/progress.ts';
import { countLabels } from '../../dataset/masks/label-map.ts';
import type { ImageProbe } from '../../dataset/images/probe-image.ts';
import { exportMasks } from '../../dataset/export/export-masks.ts';
import type { ExportItem } from '../../dataset/export/export-plan.ts';
import { predictImage } from '../../infer/predict-image.ts';
import type { Prediction } from './open-prediction.ts';

export interface PredictedImage {
  /** Relative, gives the files their names. */
  readonly path: string;
  readonly absolutePath: string;
  readonly width: number;
  readonly height: number;
  readonly hash: string;
  /** What its header says, where that has been read already. */
  readonly probe?: ImageProbe;
}

export interface WritingOptions {
  readonly output: string;
  readonly format?: 'png' | 'npy' | undefined;
  readonly probabilities?: boolean | undefined;
  readonly overlays?: boolean | undefined;
  readonly overwrite?: boolean | undefined;
  /** Absolute paths of images beside those that are predicted: never overwritten. */
  readonly protectedFiles?: readonly string[] | undefined;
}

/** @param failed images that could not even be opened */
export async function writePredictions(
  prediction: Prediction,
  images: readonly PredictedImage[],
  options: WritingOptions,
  failed: readonly FileNote[],
  work: LongWork,
): Promise<PredictReport> {
  const begun = performance.now();
  const { predictor, classes } = prediction;
  const found = new Map<string, { readonly share: number[]; readonly uncertainty: number }>();
  const items = images.map((image): ExportItem => ({
    ...image,
    origin: `${image.hash} ${prediction.key}`,
    labels: async (append) => {
      const file = { ...image, path: image.absolutePath };
      const { labels, uncertainty } = await predictImage(predictor, file, append, { signal: work.signal });
      found.set(image.path, { share: await sharesOf(labels, classes.length), uncertainty });
      return labels;
    },
  }));
  const report = await exportMasks(
    items,
    {
      outputFolder: options.output,
      classes,
      ...(options.format === 'npy' && { format: 'npy' as const }),
      ...(options.probabilities === true && { probabilities: options.format ?? 'png' }),
      overlays: options.overlays,
      overwrite: options.overwrite,
      protectedFiles: options.protectedFiles,
    },
    { ...work, onProgress: work.onProgress && ((progress) => work.onProgress?.({ ...progress, kind: 'predict' })) },
  );
  const written = new Set(report.written);
  const unread = new Set(report.failed.map(({ path }) => path));
  const files = images.flatMap((image, at) => {
    if (unread.has(image.path)) return [];
    const all = report.files[at] ?? [];
    const namesOf = (...kinds: readonly string[]): string[] =>
      all.filter(({ kind }) => kinds.includes(kind)).map(({ name }) => join(options.output, name));
    const [overlay] = namesOf('overlay');
    return [
      {
        input: image.path,
        width: image.width,
        height: image.height,
        masks: namesOf('binary', 'index', 'array'),
        probabilities: namesOf('probability', 'probability-array'),
        ...(overlay !== undefined && { overlay }),
        ...found.get(image.path),
        fresh: all.some(({ name }) => written.has(name)),
      },
    ];
  });
  return {
    checkpoint: prediction.checkpoint,
    output: options.output,
    compute: prediction.choice,
    size: predictor.size,
    written: files.filter(({ fresh }) => fresh).length,
    unchanged: files.filter(({ fresh }) => !fresh).length,
    files: files.map(({ fresh: _, ...file }) => file),
    kept: report.kept.map(({ file, reason }) => ({ path: file, code: 'export-kept', message: `${file}: ${reason}.` })),
    failed: [...failed, ...report.failed],
    seconds: (performance.now() - begun) / 1000,
  };
}

async function sharesOf(labels: Uint8Array, classes: number): Promise<number[]> {
  const counts = await countLabels(labels);
  return Array.from({ length: classes }, (_, at) => counts[at + 1]! / Math.max(1, labels.length));
}

/** Why an image is left out. @throws what is no reason of a single file */
export function noteOf(error: unknown, path: string, absolutePath: string): FileNote {
  if (!(error instanceof MambrushError)) throw error;
  return { path, code: error.code, message: error.message.replaceAll(absolutePath, path) };
}
