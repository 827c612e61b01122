/**
 * Reads files of annotations and brings what they describe together with the images of an import. Draws nothing.
 * Convention: an image is described once: where two entries do, it is not known which is meant, and the image is left alone.
 */
import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import type { FileNote } from '../../../contract/dataset.ts';
import type { TakenImage } from '../image-intake.ts';
import type { PairingImages } from '../pair-masks.ts';
import { inTurns } from '../../masks/in-turns.ts';
import { waysToFit } from '../../masks/read-mask.ts';
import type { MaskFitNote } from '../../masks/read-mask.ts';
import { MaskError } from '../../masks/mask-reading.ts';
import type { FoundFile } from '../../masks/scan-folder.ts';
import { AnnotationError } from './annotation-file.ts';
import type { LeftOut } from './annotation-file.ts';
import type { FileSummary, ImageSummary } from './annotation-messages.ts';
import type { AnnotationReader } from './annotation-reader.ts';
import { isCocoName } from './find-files.ts';
import type { AnnotationFiles, AnnotationFound } from './find-files.ts';
import { ImageNames } from './match-images.ts';

export interface Claim {
  readonly image: TakenImage;
  readonly file: FoundFile;
  readonly format: 'coco' | 'labelme';
  readonly at: number;
  readonly summary: ImageSummary;
  readonly fit: readonly MaskFitNote[];
}

export interface CollectOptions {
  /** Of the project, absolute. */
  readonly folder: string;
  readonly emptyImages: 'unlabelled' | 'background';
  readonly signal: AbortSignal | undefined;
  readonly onReading: (file: string) => void;
}

const mostUnmatched = 100;

export async function collectClaims(
  reader: AnnotationReader,
  images: PairingImages,
  found: AnnotationFiles,
  options: CollectOptions,
) {
  const names = new ImageNames(await realpath(options.folder), images.present);
  const collector = new ClaimCollector(images, names, options, found.skipped);
  for (const file of found.files) {
    options.signal?.throwIfAborted();
    options.onReading(file.path);
    try {
      await collector.readFile(reader, file, found.named);
    } catch (error) {
      if (!(error instanceof AnnotationError)) throw error;
      if (!found.named && error.code === 'annotations-not-json' && !isCocoName(file.path)) continue;
      collector.skip(file.path, error.code, error.message);
    }
  }
  return collector.collected(found);
}

class ClaimCollector {
  readonly #images: PairingImages;
  readonly #names: ImageNames;
  readonly #options: CollectOptions;
  readonly #byImage = new Map<string, Claim[]>();
  readonly #files = new Set<string>();
  readonly #formats = new Set<'coco' | 'labelme'>();
  readonly #unmatched: string[] = [];
  /** Listed without an object, in a file that does not say that they have none. */
  readonly #empty: string[] = [];
  readonly #skipped: FileNote[];
  readonly #notes: FileNote[] = [];
  #described = 0;

  constructor(images: PairingImages, names: ImageNames, options: CollectOptions, skipped: readonly FileNote[]) {
    this.#images = images;
    this.#names = names;
    this.#options = options;
    this.#skipped = [...skipped];
  }

  skip(path: string, code: string, message: string): void {
    this.#skipped.push({ path, code, message });
  }

  /** @param isNamed this file, or its folder, was asked for */
  async readFile(reader: AnnotationReader, file: AnnotationFound, isNamed: boolean): Promise<void> {
    const summary = await reader.ask('read', file, null);
    if (summary === undefined) {
      // A file beside an image may be anything; one that was named, or is called so, was meant to be this.
      if (isNamed || isCocoName(file.path)) this.#skipped.push(notKnown(file.path));
      return;
    }
    this.#files.add(file.path);
    this.#formats.add(summary.format);
    this.#described += summary.images;
    this.#notes.push(...leftOutNotes(file.path, summary.leftOut));
    let at = 0;
    for await (const some of reader.images(file, summary.images)) {
      this.#options.signal?.throwIfAborted();
      for await (const one of inTurns(some)) this.#take(file, summary, at++, one);
    }
  }

  #take(file: AnnotationFound, { format, emptyIsBackground }: FileSummary, at: number, summary: ImageSummary): void {
    const location = { absolute: file.absolute, relative: file.within };
    const match =
      format === 'coco' ? this.#names.ofName(summary.name, location) : this.#names.ofFile(summary.name, location);
    if (!('image' in match)) {
      const label = summary.name === '' ? file.path : summary.name.toWellFormed();
      if (match.code !== 'annotation-image-missing') {
        this.skip(file.path, match.code, `${file.path}: ${label} ${match.reason}.`);
      } else if (this.#unmatched.length < mostUnmatched) this.#unmatched.push(label);
      return;
    }
    const image = this.#images.taken.get(match.image);
    if (image === undefined) {
      if (this.#images.removed.includes(match.image)) return;
      const message = `${file.path} describes ${match.image}, which could not be taken.`;
      this.skip(file.path, 'annotation-image-left-out', message);
      return;
    }
    const isEmpty = summary.objects + summary.leftOut.length === 0;
    if (isEmpty && !emptyIsBackground && this.#options.emptyImages === 'unlabelled') {
      this.#empty.push(match.image);
      return;
    }
    const fit = fitOf(summary, image, file.path, this.#skipped);
    if (fit === undefined) return;
    const claims = this.#byImage.get(match.image) ?? [];
    claims.push({ image, file, format, at, summary, fit });
    this.#byImage.set(match.image, claims);
  }

  collected(found: AnnotationFiles) {
    const claims: Claim[] = [];
    for (const [path, list] of this.#byImage) {
      if (list.length === 1) claims.push(list[0]!);
      else this.#skipped.push(describedTwice(path, list));
    }
    const order = new Map(found.files.map(({ path }, at) => [path, at]));
    claims.sort((a, b) => order.get(a.file.path)! - order.get(b.file.path)! || a.at - b.at);
    return {
      claims,
      files: [...this.#files],
      formats: [...this.#formats],
      images: this.#described,
      unmatched: this.#unmatched,
      empty: this.#empty,
      skipped: this.#skipped,
      notes: this.#notes,
    };
  }
}

function notKnown(path: string): FileNote {
  const message = `${path} is neither a COCO file (images, annotations, categories) nor one of labelme (shapes).`;
  return { path, code: 'annotations-not-known', message };
}

function describedTwice(path: string, claims: readonly Claim[]): FileNote {
  const files = [...new Set(claims.map(({ file }) => basename(file.path)))];
  const where =
    files.length === 1 ? `${claims.length} times in ${files[0]}` : `in ${files.slice(0, 3).join(' and in ')}`;
  const message = `${path} is described ${where}. Keep one description, or name the file that is meant.`;
  return { path, code: 'annotations-unsure', message };
}

/** One note for all objects of an image (or of a file) that are left out for the same reason. */
export function leftOutNotes(path: string, leftOut: readonly LeftOut[]): FileNote[] {
  return [...Map.groupBy(leftOut, ({ code }) => code)].map(([code, list]) => {
    const more = list.length === 1 ? '' : `, and so are ${list.length - 1} more`;
    return { path, code, message: `${path}: ${list[0]!.message} It is left out${more}.` };
  });
}

/** How labels of the size that the file says fit the image; undefined where they do not. */
function fitOf(
  { width, height }: ImageSummary,
  image: TakenImage,
  file: string,
  skipped: FileNote[],
): readonly MaskFitNote[] | undefined {
  const size = { width: width ?? image.width, height: height ?? image.height };
  try {
    return waysToFit(size, image, image.path);
  } catch (error) {
    if (!(error instanceof MaskError)) throw error;
    const message =
      `${image.path} is ${image.width}×${image.height}, but ${file} was made for ${size.width}×${size.height}. ` +
      'Use the very pictures that were annotated.';
    skipped.push({ path: image.path, code: 'annotation-size-mismatch', message });
    return undefined;
  }
}
