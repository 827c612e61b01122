/**
 * What an import found, took and left alone. Plain data that JSON can hold; the contract's version is made of it.
 * Convention: paths are relative to the project folder (masks of a folder outside of it: absolute).
 */
import type { Remark } from '../../contract/dataset.ts';
import type { PartName } from '../../store/types.ts';
import type { AmbiguousMasks } from '../masks/match-masks.ts';
import type { MaskChoice } from '../masks/reading-decision.ts';
import type { SkippedFile } from '../masks/scan-folder.ts';

export interface ImportedImages {
  /** Image files that are no masks. */
  readonly found: number;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly moved: readonly { readonly from: string; readonly to: string }[];
  /** Images of the project whose files are not there. */
  readonly missing: readonly string[];
  /** Files that a person has removed from the project, and that stay removed. */
  readonly removed: readonly string[];
  readonly unchanged: number;
  /** What could not be taken, each with its reason. The rest was imported. */
  readonly skipped: readonly SkippedFile[];
  /** What was taken and should be known: more pages than the first, another format than the name says. */
  readonly notes: readonly SkippedFile[];
  /** Images with the very same bytes. */
  readonly duplicates: readonly (readonly string[])[];
  /** Images in the project now. */
  readonly total: number;
}

export interface ImportedMask {
  readonly image: string;
  /** Several: one per object, joined. */
  readonly masks: readonly string[];
  /** Share of the labelled pixels that belong to a class, 0..1. */
  readonly foreground: number;
}

export interface ImportedMasks {
  /** How the masks were read, in words; undefined where none had to be read. */
  readonly reading: Remark | undefined;
  /** Mask files. */
  readonly found: number;
  /** Mask files that belong to an image. */
  readonly matched: number;
  /** New label maps, and those that an earlier import made and whose masks changed since. */
  readonly imported: readonly ImportedMask[];
  /** Images whose masks were taken before, and are as they were. */
  readonly unchanged: number;
  /** Not touched, because a person has worked on the image's labels. */
  readonly kept: readonly Omit<ImportedMask, 'foreground'>[];
  readonly unmatched: readonly string[];
  readonly ambiguous: readonly AmbiguousMasks[];
  /** Of another size than the image, unreadable, or with values that are no class. */
  readonly skipped: readonly SkippedFile[];
  /** Taken, and worth a look: several joined, turned along, orientation unsure. */
  readonly notes: readonly SkippedFile[];
  /** What holds for all masks. */
  readonly remarks: readonly Remark[];
  /** What could be meant otherwise, with what was taken. */
  readonly choices: readonly MaskChoice[];
  readonly imagesWithoutMask: number;
}

export interface ImportedAnnotation {
  readonly image: string;
  readonly file: string;
  /** That were drawn. */
  readonly objects: number;
}

/** What COCO and labelme files held. */
export interface ImportedAnnotations {
  readonly files: readonly string[];
  readonly formats: readonly ('coco' | 'labelme')[];
  /** Images that the files describe. */
  readonly images: number;
  /** Of those, how many are here and fit. */
  readonly matched: number;
  readonly imported: readonly ImportedAnnotation[];
  readonly unchanged: number;
  /** Not touched, because a person has worked on the image's labels. */
  readonly kept: readonly string[];
  readonly objects: number;
  readonly objectsLeftOut: number;
  /** Names of images that are not here, the first hundred. */
  readonly unmatched: readonly string[];
  readonly skipped: readonly SkippedFile[];
  readonly notes: readonly SkippedFile[];
  readonly remarks: readonly Remark[];
}

export interface ImportedClass {
  readonly index: number;
  readonly name: string;
  readonly added: boolean;
}

/** A part of the reference's arrays that was unpacked into image files, or in a dry run would be. */
export interface UnpackedArrays {
  readonly part: PartName;
  readonly images: number;
  readonly masks: boolean;
}

export interface ImportReport {
  readonly folder: string;
  /** Nothing was written: this is what an import would do. */
  readonly dryRun: boolean;
  readonly arrays: readonly UnpackedArrays[];
  readonly images: ImportedImages;
  readonly masks: ImportedMasks;
  /** Undefined where none were read. */
  readonly annotations: ImportedAnnotations | undefined;
  /** What was left aside. */
  readonly remarks: readonly Remark[];
  readonly classes: readonly ImportedClass[];
  readonly ignored: {
    readonly hidden: number;
    readonly otherFiles: Readonly<Record<string, number>>;
    readonly exports: readonly string[];
  };
  readonly seconds: number;
}
