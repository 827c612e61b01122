/**
 * The folder that was named for the masks: part of the project's folder, or anywhere else. Convention: what lies in
 * the project is called by its relative path; what lies elsewhere by its absolute one, with '/'.
 */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import { scanFolder } from '../masks/scan-folder.ts';
import type { ScannedFolder } from '../masks/scan-folder.ts';

export interface MaskFolder {
  readonly path: string;
  readonly isOutside: boolean;
}

/** @param project the project's folder @throws MambrushError masks-folder-missing, masks-folder-wrong */
export async function findMaskFolder(project: string, masks: string): Promise<MaskFolder> {
  const real = await realpath(masks).catch(() => undefined);
  if (real === undefined || !(await stat(real)).isDirectory()) {
    const message = real === undefined ? `There is no folder ${masks}.` : `${masks} is a file, not a folder.`;
    throw new MambrushError('masks-folder-missing', `${message} Name the folder that has the masks.`, { path: masks });
  }
  const inside = relative(await realpath(project), real);
  if (inside === '') {
    const message = `${masks} is the project's own folder. Name the folder in it that has the masks, or leave it out.`;
    throw new MambrushError('masks-folder-wrong', message, { path: masks });
  }
  const isOutside = inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside);
  return { path: (isOutside ? resolve(masks) : inside).split(sep).join('/'), isOutside };
}

/** What lies in a folder outside of the project, by absolute paths. */
export async function scanOutside({ path: folder }: MaskFolder, signal?: AbortSignal): Promise<ScannedFolder> {
  const scanned = await scanFolder(folder, signal);
  const files = scanned.files.map((file) => ({ ...file, path: `${folder}/${file.path}` }));
  const skipped = scanned.skipped.map(({ path, code, message }) => {
    const full = `${folder}/${path}`;
    return { path: full, code, message: message.replace(path, full) };
  });
  return { ...scanned, files, skipped };
}
