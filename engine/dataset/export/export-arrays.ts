/**
 * Exports images with their labels as the arrays that the reference's own `Prepare_your_dataset.py` writes: two files a
 * part. Splits nothing. Convention: an image at a time in memory; the two files of a part always hold the same images, so
 * both are written or neither; another's file is never overwritten unless told to.
 */
import { hash } from 'node:crypto';
import type { FileNote } from '../../contract/dataset.ts';
import { MambrushError } from '../../contract/error.ts';
import type { LongWork } from '../../contract/progress.ts';
import type { PartName } from '../../store/types.ts';
import { ExportFolder } from './export-folder.ts';
import type { FilesReport, Mutable } from './export-folder.ts';
import type { LabelledImage } from './export-table.ts';
import { inBands } from '../../in-bands.ts';
import { writeNpyInPieces } from '../images/npy/npy.ts';
import type { Size } from '../images/pixels.ts';
import { prepareInput } from '../samples/prepare-sample.ts';
import { probeImage } from '../images/probe-image.ts';
import { arrayNames } from '../images/npy/reference-arrays.ts';
import { resizeImage } from '../images/resize-image.ts';
import { SampleError } from '../samples/sample-error.ts';
import { writeError, WriteError } from '../../write-error.ts';
import { hasUnlabelled } from '../masks/label-map.ts';

/** Its origin changes with the image, too. */
export interface ArrayImage extends Omit<LabelledImage, 'id'> {
  readonly absolutePath: string;
}

export interface ArrayPart {
  readonly part: PartName;
  readonly images: readonly ArrayImage[];
}

export interface ArrayOptions {
  /** Of the square that every image becomes. */
  readonly side: number;
  /** K. One class: masks of 0..255, soft at edges, as the reference has them. Several: class indices, the nearest. */
  readonly classes: number;
  readonly overwrite?: boolean | undefined;
}

export interface ArraysReport extends FilesReport {
  readonly failed: readonly FileNote[];
  /** Images with unlabelled pixels, which are background in the arrays. */
  readonly unlabelledAsBackground: readonly string[];
}

const kept = 'The arrays that are whole are kept; export again to write the others.';

/**
 * @throws WriteError when the folder cannot be written; the signal's reason when aborted. An image that cannot be read is
 *   in the report and in no array.
 */
export async function exportArrays(
  outputFolder: string,
  parts: readonly ArrayPart[],
  options: ArrayOptions,
  { signal, onProgress }: LongWork = {},
): Promise<ArraysReport> {
  const files = { written: [], unchanged: [], kept: [] };
  const report: Mutable<ArraysReport> = { ...files, failed: [], unlabelledAsBackground: [] };
  const total = 2 * parts.reduce((sum, { images }) => sum + images.length, 0);
  const begun = performance.now();
  let done = 0;
  const step = (text: string, images = 1): void => {
    signal?.throwIfAborted();
    done += images;
    const secondsLeft = ((performance.now() - begun) / 1000 / done) * (total - done);
    onProgress?.({ kind: 'export', value: done / total, done, total, text, secondsLeft });
  };
  try {
    const folder = await ExportFolder.open(outputFolder, { overwrite: options.overwrite });
    for (const part of parts) {
      signal?.throwIfAborted();
      if (await isToBeWritten(part, options, folder, report)) await writePart(folder, part, options, report, step);
      else step(part.part, 2 * part.images.length);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw writeError(error, outputFolder, kept);
  }
  return report;
}

function originOf({ images }: ArrayPart, { side, classes }: ArrayOptions): string {
  const sources = images.map(({ path, origin }) => [path, origin]);
  return `arrays ${hash('sha256', JSON.stringify([side, classes, sources]))}`;
}

async function isToBeWritten(
  part: ArrayPart,
  options: ArrayOptions,
  folder: ExportFolder,
  report: Mutable<ArraysReport>,
): Promise<boolean> {
  const names = Object.values(arrayNames(part.part));
  const origin = originOf(part, options);
  const standings = await Promise.all(names.map((name) => folder.standing({ name, origin })));
  if (standings.every((standing) => standing === 'current')) {
    report.unchanged.push(...names);
    return false;
  }
  const blocking = names.filter((_, at) => typeof standings[at] === 'object').join();
  if (blocking === '') return true;
  for (const [at, standing] of standings.entries()) {
    const isBlocking = typeof standing === 'object';
    const reason = isBlocking ? standing.reason : `it holds the same images as ${blocking}, which is kept`;
    report.kept.push({ file: names[at]!, reason });
  }
  return false;
}

async function writePart(
  folder: ExportFolder,
  part: ArrayPart,
  options: ArrayOptions,
  report: Mutable<ArraysReport>,
  step: (text: string) => void,
): Promise<void> {
  const { side, classes } = options;
  const size = { width: side, height: side };
  const taken: ArrayImage[] = [];
  const names = arrayNames(part.part);
  const files = [{ name: names.images }, { name: names.masks }];
  await folder.write(files, async (temporaries) => {
    const [imagesFile = '', masksFile = ''] = temporaries.values();
    const imagesShape = [part.images.length, side, side, 3];
    await writeNpyInPieces(imagesFile, { type: 'u1', shape: imagesShape }, async (append) => {
      for (const image of part.images) {
        const pixels = await pixelsOf(image, size, report);
        if (pixels !== undefined) {
          await append(pixels);
          taken.push(image);
        }
        step(image.path);
      }
      return taken.length;
    });
    if (taken.length === 0) return;
    await writeNpyInPieces(masksFile, { type: 'u1', shape: [taken.length, side, side] }, async (append) => {
      for (const image of taken) {
        await append(await maskOf(image, side, classes, report));
        step(image.path);
      }
    });
    // What lacks an image is never up to date: the next export tries again.
    const lacking = part.images.length - taken.length;
    const origin = `${originOf(part, options)}${lacking > 0 ? ` without ${lacking}` : ''}`;
    for (const [{ name }, temporary] of temporaries) {
      await folder.publish({ name, origin }, temporary);
      report.written.push(name);
    }
  });
}

/** (side, side, 3), or undefined for an image that cannot be taken. */
async function pixelsOf(
  { path, absolutePath, width, height }: ArrayImage,
  size: Size,
  report: Mutable<ArraysReport>,
): Promise<Uint8Array | undefined> {
  try {
    const probe = await probeImage(absolutePath);
    if (probe.width !== width || probe.height !== height) {
      const sizes = `${probe.width}×${probe.height} pixels by now, its labels ${width}×${height}`;
      throw new SampleError('image-size-changed', `${path} has ${sizes}. Put the old file back.`, { path });
    }
    return (await prepareInput(absolutePath, size, 3, probe)).pixels;
  } catch (error) {
    if (!(error instanceof MambrushError) || error instanceof WriteError) throw error;
    report.failed.push({ path, code: error.code, message: error.message.replaceAll(absolutePath, path) });
    return undefined;
  }
}

/** (side, side) */
async function maskOf(
  { path, width, height, labels }: ArrayImage,
  side: number,
  classes: number,
  report: Mutable<ArraysReport>,
): Promise<Uint8Array> {
  const map = (await labels()) ?? new Uint8Array(width * height).fill(255);
  if (hasUnlabelled(map)) report.unlabelledAsBackground.push(path);
  if (classes === 1) {
    const plane = new Uint8Array(map.length);
    await inBands(map.length, (from, to) => {
      for (let at = from; at < to; at++) plane[at] = map[at] === 1 ? 255 : 0;
    });
    return Uint8Array.from(await resizeImage({ width, height, channels: 1, data: plane }, side, side));
  }
  const nearest = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    const row = Math.floor(((y + 0.5) * height) / side) * width;
    for (let x = 0; x < side; x++) {
      const label = map[row + Math.floor(((x + 0.5) * width) / side)]!;
      nearest[y * side + x] = label === 255 ? 0 : label;
    }
  }
  return nearest;
}
