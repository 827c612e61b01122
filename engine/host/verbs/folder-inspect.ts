/**
 * What a folder seems to hold, before it is decided what to do with it. Opens no file. Convention: judged by the names
 * alone, as an import sorts them; what an import then finds may be less.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MambrushError } from '../../contract/error.ts';
import { findAnnotations } from '../../dataset/import/annotations/find-files.ts';
import { sortFiles } from '../../dataset/masks/match-masks.ts';
import { scanFolder } from '../../dataset/masks/scan-folder.ts';
import { isProject } from '../../store/project-store.ts';
import type { Verb } from '../engine-context.ts';

export const folderInspect: Verb<'folder.inspect'> = async (_context, args, { signal }) => {
  const folder = resolve(args.folder);
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() !== true) {
    const what = stats === undefined ? 'is not there' : 'is a file';
    throw new MambrushError('folder-missing', `${folder} ${what}. Choose the folder that has your images.`, {
      path: folder,
    });
  }
  if (isProject(folder)) return { folder, isProject: true, images: 0, masks: 0, annotations: 0 };
  const { files, json } = await scanFolder(folder, signal);
  const { images, masks } = await sortFiles(files.map(({ path }) => path));
  const annotations = findAnnotations(json, images).files.length;
  return { folder, isProject: false, images: images.length, masks: masks.length, annotations };
};
