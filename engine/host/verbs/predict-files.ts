/**
 * Masks for a file or a folder of files by a checkpoint, without a project. Convention: a folder is taken with all that
 * lies below it, but for what an export of this program wrote.
 */
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, relative, resolve, sep } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import type { FileNote } from '../../contract/dataset.ts';
import type { LongWork } from '../../contract/progress.ts';
import { mapBounded } from '../../bounded.ts';
import { listFormats } from '../../dataset/images/formats/formats.ts';
import { hashFile } from '../../dataset/images/hash-file.ts';
import { probeImage } from '../../dataset/images/probe-image.ts';
import { scanFolder } from '../../dataset/masks/scan-folder.ts';
import type { Verb } from '../engine-context.ts';
import { openPrediction } from '../predicting/open-prediction.ts';
import { checkOutputFolder } from '../projects/output-folder.ts';
import { noteOf, writePredictions } from '../predicting/write-predictions.ts';
import type { PredictedImage } from '../predicting/write-predictions.ts';

export const predictFiles: Verb<'predict.files'> = async ({ compute }, args, work) => {
  const output = resolve(args.output);
  const input = resolve(args.input);
  const { images, failed, single, protectedFiles } = await findImages(input, work);
  if (single === undefined) {
    await checkOutputFolder(
      input,
      protectedFiles.map((path) => relative(input, path).split(sep).join('/')),
      output,
    );
  }
  const prediction = await openPrediction(compute, { ...args, images: images.length }, work);
  try {
    const report = await writePredictions(prediction, images, { ...args, output, protectedFiles }, failed, work);
    const inputOf = (path: string): string => (single === undefined ? path : single);
    return { ...report, files: report.files.map((file) => ({ ...file, input: inputOf(file.input) })) };
  } finally {
    await prediction.close();
  }
};

interface Found {
  readonly images: readonly PredictedImage[];
  readonly failed: readonly FileNote[];
  /** The input, where it is one file. */
  readonly single?: string;
  /** All that lies there, read or not. */
  readonly protectedFiles: readonly string[];
}

async function findImages(input: string, work: LongWork): Promise<Found> {
  const stats = await stat(input).catch((cause: unknown) => {
    throw new MambrushError('input-missing', `There is no file or folder ${input}.`, { path: input, cause });
  });
  if (!stats.isDirectory()) {
    return { images: [await examine(basename(input), input, work)], failed: [], single: input, protectedFiles: [] };
  }
  const { files, skipped, exports } = await scanFolder(input, work.signal);
  // What a link inside the folder leads to is predicted where it is.
  const failed: FileNote[] = skipped.filter(({ code }) => code !== 'link-inside');
  const images = await mapBounded(files, 2 * availableParallelism(), async ({ path, absolute }) => {
    work.signal?.throwIfAborted();
    return examine(path, absolute, work).catch((error: unknown) => {
      failed.push(noteOf(error, path, absolute));
      return undefined;
    });
  });
  if (files.length === 0) throw noImages(input, failed, exports);
  return {
    images: images.filter((image) => image !== undefined),
    failed,
    protectedFiles: files.map(({ absolute }) => absolute),
  };
}

function noImages(input: string, failed: readonly FileNote[], exports: readonly string[]): MambrushError {
  const [first] = failed;
  const [folder] = exports;
  const reason =
    first !== undefined
      ? ` that can be taken. ${first.message}${failed.length > 1 ? ` (and ${failed.length - 1} more)` : ''}`
      : folder !== undefined
        ? `, only masks that were written to '${folder}'.`
        : ` (${listFormats('or')}).`;
  return new MambrushError('no-images', `${input} has no images${reason}`, { path: input });
}

async function examine(path: string, absolutePath: string, { signal }: LongWork): Promise<PredictedImage> {
  const probe = await probeImage(absolutePath, path);
  const { width, height } = probe;
  return { path, absolutePath, width, height, probe, hash: await hashFile(absolutePath, signal) };
}
