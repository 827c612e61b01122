/**
 * Requests about a project's images and labels as a set: import, split, export. Not about single strokes.
 * Convention: paths of images are relative to the project's folder with '/'; paths of folders are absolute.
 */
import { z } from 'zod';
import { classInfo, partName, project, splitInfo } from './project.ts';
import { count, id, path, positive } from './values.ts';

/** What a mask's values mean, when the file does not say it by itself. */
const maskInterpretation = z.enum(['auto', 'binary', 'index', 'soft', 'colours']);

/** A file with what happened to it; `code` is for machines, `message` says what it is and what to do. */
export const fileNote = z.strictObject({ path: z.string(), code: z.string(), message: z.string() });
export type FileNote = z.infer<typeof fileNote>;

/** What holds for all files; `code` and `message` as of a file. */
export const remark = z.strictObject({ code: z.string(), message: z.string() });
export type Remark = z.infer<typeof remark>;

/** Something in the masks that could be meant otherwise: what was taken, and what else may be asked for. */
const maskChoice = z.strictObject({
  code: z.string(),
  message: z.string(),
  taken: maskInterpretation,
  alternatives: z.array(maskInterpretation),
  examples: z.array(z.string()),
});

export const importReport = z.strictObject({
  project,
  dryRun: z.boolean(),
  /** The arrays of the Python reference that were unpacked into image files beside them, or in a dry run would be. */
  arrays: z.array(z.strictObject({ part: partName, images: count, masks: z.boolean() })),
  images: z.strictObject({
    /** Image files that are no masks. */
    found: count,
    added: count,
    unchanged: count,
    /** The file's content changed. */
    updated: count,
    /** Found again under another name, with its labels. */
    moved: count,
    /** In the project, but the file is gone. */
    missing: count,
    /** Taken out of the project by a person, and left out. */
    removed: count,
  }),
  /** Which images those are. */
  changes: z.strictObject({
    updated: z.array(z.string()),
    moved: z.array(z.strictObject({ from: z.string(), to: z.string() })),
    missing: z.array(z.string()),
    removed: z.array(z.string()),
  }),
  masks: z.strictObject({
    /** Mask files. */
    found: count,
    /** Of those, how many belong to an image. */
    matched: count,
    /** Images that got labels. */
    imported: count,
    /** Images whose masks are as they were at the last import. */
    unchanged: count,
    /** Images whose masks were not taken, because a person has worked on the labels since. */
    kept: count,
  }),
  /** How the masks' values were understood; null when none had to be read. */
  reading: remark.nullable(),
  /** Images without labels: to be painted or predicted. */
  unlabelled: count,
  classes: z.array(classInfo),
  /** Which image took its labels from which mask or masks. */
  matches: z.array(z.strictObject({ image: z.string(), masks: z.array(z.string()) })),
  /** What COCO and labelme files held; null when none were read. */
  annotations: z
    .strictObject({
      /** Relative to the project's folder, or absolute where they lie elsewhere. */
      files: z.array(z.string()),
      formats: z.array(z.enum(['coco', 'labelme'])),
      /** Images that they describe. */
      images: count,
      /** Of those, how many are here and were taken as they are. */
      matched: count,
      /** Images that got labels from them. */
      imported: count,
      /** Images whose labels are as these files say already. */
      unchanged: count,
      /** Images that were not touched, because a person has worked on their labels since. */
      kept: count,
      /** Drawn, in all images. */
      objects: count,
      /** Not drawn; `notes` says why. */
      objectsLeftOut: count,
      /** Which image took its labels from which file. */
      matches: z.array(z.strictObject({ image: z.string(), file: z.string(), objects: count })),
      /** Names of images that are not here, the first hundred. */
      unmatched: z.array(z.string()),
    })
    .nullable(),
  keptLabels: z.array(z.string()),
  unmatchedMasks: z.array(z.string()),
  /** Files that were left out, each with the reason. */
  skipped: z.array(fileNote),
  /** Files that were taken, and are worth a look. */
  notes: z.array(fileNote),
  choices: z.array(maskChoice),
  warnings: z.array(remark),
  /** What is no image: hidden files, and the others by ending ('' without one). */
  ignored: z.strictObject({ hidden: count, otherFiles: z.record(z.string(), count) }),
  seconds: z.number(),
});
export type ImportReport = z.infer<typeof importReport>;

const partReport = z.strictObject({
  asked: count,
  images: count,
  share: z.number(),
  meanForegroundShare: z.number().nullable(),
});

export const splitReport = z.strictObject({
  project,
  split: splitInfo,
  images: count,
  parts: z.strictObject({ train: partReport, val: partReport, test: partReport }),
  /** How many sets of images that look alike were kept together. */
  nearDuplicates: count,
  groups: count,
  unused: count,
  warnings: z.array(remark),
});
export type SplitReport = z.infer<typeof splitReport>;

/** Shares (at most 1 in all) or counts; of three one may be left out, it is the rest. */
const partSize = z.number().nonnegative().optional();

export const exportReport = z.strictObject({
  project,
  output: path,
  /** Images whose labels (or proposals) were to be written, whatever became of them. */
  images: count,
  /** Of the images asked for: those without labels (or proposals), or in no part of the split. */
  leftOut: count,
  /** Of files. */
  written: count,
  unchanged: count,
  files: z.array(z.string()),
  /** Files that are another's, and were not overwritten. */
  kept: z.array(fileNote),
  /** Images of which something could not be written. */
  failed: z.array(fileNote),
  /** Files that are not simply called like their image, because two would have one name. */
  renamed: z.array(z.strictObject({ image: z.string(), file: z.string() })),
  /** Images with unlabelled pixels, which what was written now shows as background. */
  unlabelledAsBackground: z.array(z.string()),
  warnings: z.array(remark),
});
export type ExportReport = z.infer<typeof exportReport>;

const exportFormat = z.enum(['png', 'npy', 'coco', 'labelme', 'csv']);

export const datasetRequests = {
  /** Takes the folder's images and masks into its project, which it makes if there is none. Never changes a file. */
  'dataset.import': {
    arguments: z.strictObject({
      folder: path,
      masks: path.optional(),
      invert: z.boolean().optional(),
      interpretation: maskInterpretation.optional(),
      /**
       * A COCO or labelme file, or a folder of them: the labels are drawn from these, and masks are left aside. Unless
       * given, such files in the folder are taken when there are no masks.
       */
      annotations: path.optional(),
      /** What images are that a COCO file lists without any object; 'unlabelled' unless given. */
      emptyImages: z.enum(['unlabelled', 'background']).optional(),
      /** Says what would be taken in, and changes nothing. */
      dryRun: z.boolean().optional(),
    }),
    result: importReport,
  },
  'dataset.split': {
    arguments: z.strictObject({
      project,
      name: z.string().optional(),
      train: partSize,
      val: partSize,
      test: partSize,
      seed: z.int().min(0).max(0xffffffff).optional(),
      method: z.enum(['random', 'stratified']).optional(),
      groupPattern: z.string().optional(),
      nearDuplicates: z.boolean().optional(),
      /** Images of the current split stay in their parts; only those that are in none are dealt. */
      keep: z.boolean().optional(),
      /** Text files with one name a line. */
      lists: z.partialRecord(partName, path).optional(),
    }),
    result: splitReport,
  },
  'dataset.export': {
    arguments: z.strictObject({
      project,
      output: path,
      /** Ids of the images to write; all that have what `source` says unless given. */
      images: z.array(id).optional(),
      /** What is written: the labels (unless given), or what a network proposed and nobody has accepted yet. */
      source: z.enum(['labels', 'proposals']).optional(),
      /**
       * 'png': a mask per image, 0/255 or the class index; 'npy': the arrays of the reference's own preparation; 'coco':
       * all objects in `annotations.json`; 'labelme': a JSON file per image; 'csv': `areas.csv`, a line per image and class.
       */
      format: exportFormat.optional(),
      /** What a PNG holds: 0 and 255, a file per class (unless given, with one class), or the class's number. */
      values: z.enum(['0/255', 'index']).optional(),
      /** Numbers come with the classes' colors, so that they can be looked at; false: as plain grey values. */
      palette: z.boolean().optional(),
      overlays: z.boolean().optional(),
      /** Also replace files that are another's. */
      overwrite: z.boolean().optional(),
      /** Side of the arrays, for 'npy'. */
      size: positive.optional(),
    }),
    result: exportReport,
  },
} as const;
