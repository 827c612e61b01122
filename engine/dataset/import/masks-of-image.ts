/**
 * The masks of one image: what is known of them without deciding anything, and then all of them as one label map. Convention:
 * a mask that cannot be read, or does not fit, leaves its image without labels, and is named.
 */
import type { FileNote } from '../../contract/dataset.ts';
import { unlabelled } from '../../store/class-map.ts';
import { inBands } from '../../in-bands.ts';
import { ImageError } from '../images/image-error.ts';
import { loadMask } from '../masks/load-mask.ts';
import { MaskError } from '../masks/mask-reading.ts';
import type { MaskReading } from '../masks/mask-reading.ts';
import { labelsOfPlane, waysToFit } from '../masks/read-mask.ts';
import type { MaskFitNote } from '../masks/read-mask.ts';
import type { FoundFile } from '../masks/scan-folder.ts';
import { surveyMask } from '../masks/survey-mask.ts';
import type { MaskSurvey } from '../masks/survey-mask.ts';
import type { FileCache } from './file-cache.ts';
import type { MaskPair } from './pair-masks.ts';

export interface MaskWork {
  readonly signal: AbortSignal | undefined;
  readonly cache: FileCache;
  /** Files that could not be used; several images are read at once, so they come in any order. */
  readonly skipped: FileNote[];
  /** Called with the number of files just done; every mask is read twice. */
  readonly onDone: (files: number) => void;
}

/** @param times how often each of these masks counts as read @returns undefined when one of them cannot be used */
export async function surveyMasks(
  { image, masks }: MaskPair,
  { signal, cache, skipped, onDone }: MaskWork,
  times: number,
): Promise<MaskSurvey[] | undefined> {
  const surveys: MaskSurvey[] = [];
  for (const file of masks) {
    signal?.throwIfAborted();
    try {
      const { survey, ...size } = await cache.surveys.of(file, async () => {
        const plane = await loadMask(file.absolute);
        return { survey: await surveyMask(file.path, plane), width: plane.width, height: plane.height };
      });
      waysToFit(size, image, file.path);
      surveys.push({ ...survey, path: file.path });
    } catch (error) {
      skipped.push(skippedBy(error, file));
      return undefined;
    } finally {
      onDone(times);
    }
  }
  return surveys;
}

/** All masks of an image as one label map; undefined when one of them cannot be used. */
export async function readMasks(
  { image, masks }: MaskPair,
  reading: MaskReading,
  { signal, skipped, onDone }: MaskWork,
  notes: FileNote[],
): Promise<Uint8Array | undefined> {
  let labels: Uint8Array | undefined;
  for (const file of masks) {
    signal?.throwIfAborted();
    try {
      const one = await labelsOfPlane(await loadMask(file.absolute), reading, image, file.path);
      notes.push(...fitNotes(file.path, image.path, one.fit));
      if (labels === undefined) labels = one.labels;
      else await joinInto(labels, one.labels);
    } catch (error) {
      skipped.push(skippedBy(error, file));
      return undefined;
    } finally {
      onDone(1);
    }
  }
  return labels;
}

export function byPath(a: FileNote, b: FileNote): number {
  return a.path < b.path ? -1 : Number(a.path > b.path);
}

function skippedBy(error: unknown, file: FoundFile): FileNote {
  if (!(error instanceof ImageError || error instanceof MaskError)) throw error;
  return { path: file.path, code: error.code, message: error.message.replaceAll(file.absolute, file.path) };
}

function fitNotes(mask: string, image: string, fit: readonly MaskFitNote[]): FileNote[] {
  const words: Record<MaskFitNote, Omit<FileNote, 'path'>> = {
    turned: { code: 'mask-turned', message: `${mask} was turned as the camera's note says of ${image}.` },
    'orientation-unsure': {
      code: 'mask-orientation-unsure',
      message: `${image} carries a note to turn it, and ${mask} fits both ways; it is taken as upright. Have a look.`,
    },
  };
  return fit.map((note) => ({ path: mask, ...words[note] }));
}

/** One object over another: a class wins over background, and anything over unlabelled. */
async function joinInto(labels: Uint8Array, more: Uint8Array): Promise<void> {
  await inBands(labels.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const other = more[i]!;
      if (other !== unlabelled && (other !== 0 || labels[i] === unlabelled)) labels[i] = other;
    }
  });
}

/** Share of the labelled pixels that belong to a class, 0..1. */
export async function foregroundOf(labels: Uint8Array): Promise<number> {
  let labelled = 0;
  let foreground = 0;
  await inBands(labels.length, (from, to) => {
    for (let i = from; i < to; i++) {
      if (labels[i] === unlabelled) continue;
      labelled++;
      if (labels[i] !== 0) foreground++;
    }
  });
  return foreground / Math.max(1, labelled);
}
