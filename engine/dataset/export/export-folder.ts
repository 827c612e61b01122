/**
 * The folder that an export writes to. Convention: every file is whole or not there; what no export wrote is never
 * overwritten unless told to, and an image never; what is up to date is not written again.
 */
import { realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder } from '../../make-folder.ts';
import { syncFolder, temporaryBeside } from '../../replace-file.ts';
import { sweepTemporaries } from '../../write-atomically.ts';
import { ExportJournal } from './export-journal.ts';

/** What became of files; all names relative to the output folder. */
export interface FilesReport {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Files that are another's and were left as they are; `reason` is the end of a sentence that begins with the name. */
  readonly kept: readonly { readonly file: string; readonly reason: string }[];
}

export type Mutable<Report> = {
  -readonly [Key in keyof Report]: Report[Key] extends readonly (infer One)[] ? One[] : Report[Key];
};

export interface OutputFile {
  /** Relative to the output folder, with `/`. */
  readonly name: string;
  /** What the content follows from; the same origin gives the same content. */
  readonly origin: string;
}

interface FolderOptions {
  /** Also replace files that no export wrote. */
  readonly overwrite?: boolean | undefined;
  /** Of the files; their left-over temporary files are deleted. */
  readonly folders?: Iterable<string>;
  /** Absolute paths of files that are never overwritten. */
  readonly images?: readonly string[];
}

const keptReasons = {
  foreign: 'it was not written by this export, or was changed since',
  folder: 'it is a folder. Choose another output folder',
  image: 'it is one of the images. Choose another output folder',
} as const;

export class ExportFolder {
  readonly path: string;
  readonly #journal: ExportJournal;
  readonly #overwrite: boolean;
  readonly #images: ReadonlySet<string>;

  private constructor(path: string, journal: ExportJournal, overwrite: boolean, images: ReadonlySet<string>) {
    this.path = path;
    this.#journal = journal;
    this.#overwrite = overwrite;
    this.#images = images;
  }

  static async open(
    path: string,
    { overwrite = false, folders = ['.'], images = [] }: FolderOptions = {},
  ): Promise<ExportFolder> {
    await makeFolder(path);
    for (const folder of folders) await sweepTemporaries(join(path, folder));
    const journal = await ExportJournal.open(path);
    return new ExportFolder(path, journal, overwrite, new Set(await Promise.all(images.map(fileIdentity))));
  }

  /** Whether a file is up to date or is to be written; otherwise why it is kept. @throws as the journal's `standing` */
  async standing({ name, origin }: OutputFile): Promise<'current' | 'wanted' | { readonly reason: string }> {
    const standing = await this.#journal.standing(name, origin);
    if (standing === 'current') return 'current';
    if (standing !== 'absent' && this.#images.has(await fileIdentity(join(this.path, name)))) {
      return { reason: keptReasons.image };
    }
    const isKept = standing === 'folder' || (standing === 'foreign' && !this.#overwrite);
    return isKept ? { reason: keptReasons[standing] } : 'wanted';
  }

  /** @param make fills the temporary files and publishes them; what it does not publish is deleted */
  async write<File extends { readonly name: string }>(
    files: readonly File[],
    make: (temporaries: ReadonlyMap<File, string>) => Promise<void>,
  ): Promise<void> {
    const temporaries = new Map(files.map((file) => [file, temporaryBeside(join(this.path, file.name))]));
    const folders = new Set([...temporaries.values()].map(dirname));
    try {
      for (const folder of folders) await makeFolder(folder);
      await make(temporaries);
      for (const folder of folders) await syncFolder(folder);
    } finally {
      for (const temporary of temporaries.values()) await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  async publish({ name, origin }: OutputFile, temporary: string): Promise<void> {
    await this.#journal.note(name, origin, temporary);
    await rename(temporary, join(this.path, name));
  }
}

/** One name for one file, whichever way it is written. */
async function fileIdentity(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
