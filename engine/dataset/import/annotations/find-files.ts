/**
 * Which files hold an import's annotations. Convention: beside images only `NAME.json` of an image NAME is looked at,
 * and of other files those that are called as COCO's are; a named folder gives all its `.json`.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, sep } from 'node:path';
import type { FileNote } from '../../../contract/dataset.ts';
import { MambrushError } from '../../../contract/error.ts';
import { pathInFolder } from '../../../store/relative-path.ts';
import { scanFolder } from '../../masks/scan-folder.ts';
import type { FoundFile } from '../../masks/scan-folder.ts';

const cocoName = /^(?:annotations|_annotations\.coco|instances_.*)\.json$/i;

export function isCocoName(path: string): boolean {
  return cocoName.test(basename(path));
}

export interface AnnotationFound extends FoundFile {
  /** Its path in the folder that was looked through: the project's, or one that was named. */
  readonly within: string;
}

export interface AnnotationFiles {
  readonly files: readonly AnnotationFound[];
  readonly skipped: readonly FileNote[];
  /** These were asked for, so a file among them that holds no annotations is reported. */
  readonly named: boolean;
}

/** @param json all `.json` in the project's folder @param images paths of all images there */
export function findAnnotations(json: readonly FoundFile[], images: readonly string[]): AnnotationFiles {
  const stemOf = (path: string): string => path.replace(/\.[^./]*$/, '').normalize('NFC');
  const stems = new Set(images.map(stemOf));
  const files = json.filter(({ path }) => isCocoName(path) || stems.has(stemOf(path)));
  return { files: files.map((file) => ({ ...file, within: file.path })), skipped: [], named: false };
}

/**
 * @param path of a file or folder; files in the project's folder are called as they are there, others by their whole path
 * @param project its folder, absolute
 * @throws MambrushError annotations-missing
 */
export async function namedAnnotations(
  path: string,
  project: string,
  signal: AbortSignal | undefined,
): Promise<AnnotationFiles> {
  const absolute = await realpath(path).catch(() => undefined);
  const stats = absolute === undefined ? undefined : await stat(absolute);
  if (absolute === undefined || stats === undefined || !(stats.isFile() || stats.isDirectory())) {
    const message = `There is no file or folder ${path}. Name a COCO or labelme file, or a folder of them.`;
    throw new MambrushError('annotations-missing', message, { path });
  }
  const root = await realpath(project);
  const nameOf = (file: string): string => pathInFolder(root, file) ?? file.split(sep).join('/');
  if (stats.isFile()) {
    const within = basename(absolute);
    const file = { path: nameOf(absolute), within, absolute, bytes: stats.size, modifiedAt: stats.mtimeMs };
    return { files: [file], skipped: [], named: true };
  }
  const { json, skipped } = await scanFolder(absolute, signal);
  if (json.length > 0) {
    const files = json.map((file) => ({ ...file, path: nameOf(file.absolute), within: file.path }));
    return { files, skipped, named: true };
  }
  const message = `${path} holds no .json files. Name a COCO or labelme file, or a folder of them.`;
  throw new MambrushError('annotations-missing', message, { path });
}
