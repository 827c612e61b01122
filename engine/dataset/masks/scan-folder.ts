/**
 * Lists what lies in a folder and below it, for an import. Opens no file. Convention: paths are relative with POSIX
 * slashes, as the file system spells them, in the order of their code points; what is left out is counted or named.
 */
import { opendir, realpath, stat } from 'node:fs/promises';
import type { Dirent } from 'node:fs';
import { extname, join, sep } from 'node:path';
import type { FileNote } from '../../contract/dataset.ts';
import { pathFault } from '../../store/relative-path.ts';
import { fileError } from '../images/file-error.ts';
import { formatOfEnding } from '../images/formats/formats.ts';

export interface FoundFile {
  readonly path: string;
  readonly absolute: string;
  readonly bytes: number;
  readonly modifiedAt: number;
}

export interface ScannedFolder {
  readonly files: readonly FoundFile[];
  /** Files that may hold annotations: `.json`; they are among the others too. */
  readonly json: readonly FoundFile[];
  /** What looks as if it should have been taken, and was not. */
  readonly skipped: readonly FileNote[];
  /** Hidden files, and what systems leave in folders. */
  readonly hidden: number;
  /** Other files by ending, lower case ('' without one). */
  readonly others: Readonly<Record<string, number>>;
  readonly exports: readonly string[];
}

/** The file by which an export remembers what it wrote; a folder with it is not imported. */
export const journalName = '.mambrush-export.jsonl';

const SYSTEM_FILES = new Set(['thumbs.db', 'desktop.ini', '__macosx', '$recycle.bin', 'system volume information']);

/** Pictures that are not read, by ending, and what they are. */
const UNSUPPORTED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'pictures of this kind': '.heic .heif .avif .jp2 .j2k .jpx .jxl .ppm .pgm .pbm .tga .ico .exr .hdr .psd',
    'raw photos': '.cr2 .cr3 .nef .arw .dng .orf .rw2',
    'medical volumes': '.dcm .nii .nrrd .mha .mhd',
    'microscope files': '.svs .ndpi .czi .lif .nd2 .vsi .mrxs',
    'drawings and documents': '.svg .pdf',
  }).flatMap(([what, endings]) => endings.split(' ').map((ending) => [ending, what] as const)),
);

/** Folders nested deeper than this are a mistake, or a loop in the file system. */
const DEEPEST = 40;

/**
 * @param root absolute
 * @param signal stops between two folders
 * @param wanted relative: a folder that is listed also when an export wrote it
 */
export async function scanFolder(root: string, signal?: AbortSignal, wanted?: string): Promise<ScannedFolder> {
  const scan = new FolderScan(root, await realpath(root), signal, wanted);
  await scan.walk('', 0);
  return scan;
}

class FolderScan implements ScannedFolder {
  readonly files: FoundFile[] = [];
  readonly json: FoundFile[] = [];
  readonly skipped: FileNote[] = [];
  readonly exports: string[] = [];
  readonly others: Record<string, number> = {};
  hidden = 0;
  readonly #root: string;
  readonly #real: string;
  readonly #signal: AbortSignal | undefined;
  readonly #wanted: string | undefined;

  constructor(root: string, real: string, signal: AbortSignal | undefined, wanted: string | undefined) {
    this.#root = root;
    this.#real = real;
    this.#signal = signal;
    this.#wanted = wanted;
  }

  async walk(folder: string, depth: number): Promise<void> {
    this.#signal?.throwIfAborted();
    const absoluteFolder = join(this.#root, ...(folder === '' ? [] : folder.split('/')));
    const entries = await readEntries(absoluteFolder).catch((error: unknown) =>
      fileError(error, absoluteFolder, folder),
    );
    if (entries instanceof Error) {
      if (folder === '') throw entries;
      this.#skip(folder, codeOf(entries), entries.message);
      return;
    }
    if (entries.some(({ name }) => name === journalName) && folder !== '' && folder !== this.#wanted) {
      this.exports.push(folder);
      return;
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const absolute = join(absoluteFolder, entry.name);
      if (entry.name.startsWith('.') || SYSTEM_FILES.has(entry.name.toLowerCase())) this.hidden++;
      else if (entry.isSymbolicLink()) await this.#takeLink(path, absolute);
      else if (entry.isFile()) await this.#takeFile(path, absolute);
      else if (entry.isDirectory() && depth < DEEPEST) await this.walk(path, depth + 1);
      else if (entry.isDirectory()) this.#skip(path, 'folder-too-deep', `${path} lies too deep.`);
    }
  }

  async #takeFile(path: string, absolute: string): Promise<void> {
    const ending = extname(path).toLowerCase();
    if (formatOfEnding(ending) === undefined) {
      await this.#takeOther(path, absolute, ending);
      return;
    }
    const fault = pathFault(path);
    if (fault !== undefined) {
      this.#skip(path, 'image-path-invalid', `${path} cannot be taken: ${fault}.`);
      return;
    }
    const stats = await stat(absolute).catch((error: unknown) => fileError(error, absolute, path));
    if (stats instanceof Error) this.#skip(path, codeOf(stats), stats.message);
    else if (stats.isFile()) this.files.push({ path, absolute, bytes: stats.size, modifiedAt: stats.mtimeMs });
  }

  async #takeOther(path: string, absolute: string, ending: string): Promise<void> {
    if (ending === '.json' && pathFault(path) === undefined) {
      const stats = await stat(absolute).catch(() => undefined);
      if (stats?.isFile() === true) this.json.push({ path, absolute, bytes: stats.size, modifiedAt: stats.mtimeMs });
    }
    const what = UNSUPPORTED.get(ending);
    if (what === undefined) this.others[ending] = (this.others[ending] ?? 0) + 1;
    else this.#skip(path, 'image-not-supported', `${path}: ${what} are not read. Save it as PNG or TIFF.`);
  }

  async #takeLink(path: string, absolute: string): Promise<void> {
    const target = await realpath(absolute).catch(() => undefined);
    if (target === undefined) this.#skip(path, 'link-broken', `${path} is a link to something that is not there.`);
    else if (target !== this.#real && !target.startsWith(this.#real + sep)) {
      const message = `${path} is a link that leads out of the folder (to ${target}). Copy the files here to use them.`;
      this.#skip(path, 'link-outside', message);
    } else {
      // What it leads to lies in the folder, so it is found there.
      this.#skip(path, 'link-inside', `${path} is a link to ${target}, which is taken from there.`);
    }
  }

  #skip(path: string, code: string, message: string): void {
    this.skipped.push({ path, code, message });
  }
}

async function readEntries(folder: string): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) entries.push(entry);
  return entries.sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : 'image-not-readable';
}
