/**
 * Requests about what a window remembers: for a person (language, keys, recent projects) and for a project (open image,
 * zoom, tool, panels). Convention: the engine keeps it without looking inside; what is damaged or missing is empty.
 */
import { z } from 'zod';
import { project } from './project.ts';
import { count, jsonObject as values, path } from './values.ts';

export type { JsonObject as StoredValues } from './values.ts';

const folderEntry = z.strictObject({ name: z.string(), path: z.string(), isProject: z.boolean() });
const fileEntry = z.strictObject({ name: z.string(), path: z.string(), bytes: count });

export const preferenceRequests = {
  'preferences.read': { arguments: z.strictObject({}), result: z.strictObject({ values }) },
  /** Replaces the given keys, keeps the others. */
  'preferences.write': { arguments: z.strictObject({ values }), result: z.strictObject({}) },
  'view.read': { arguments: z.strictObject({ project }), result: z.strictObject({ values }) },
  'view.write': { arguments: z.strictObject({ project, values }), result: z.strictObject({}) },
  /** Folders inside a folder, for choosing one where there is no dialog of the system; the home folder unless given. */
  'folders.list': {
    arguments: z.strictObject({
      folder: z.string().optional(),
      /** Lower case, with the dot: files that end so are listed too. */
      endings: z.array(z.string()).optional(),
    }),
    result: z.strictObject({
      folder: z.string(),
      parent: z.string().nullable(),
      folders: z.array(folderEntry),
      /** With the endings that were asked for. */
      files: z.array(fileEntry),
      /** Image files directly inside. */
      images: count,
    }),
  },
  /** What a folder seems to hold by the names of its files, which takes no time: opens none of them. */
  'folder.inspect': {
    arguments: z.strictObject({ folder: path }),
    result: z.strictObject({
      folder: z.string(),
      isProject: z.boolean(),
      images: count,
      masks: count,
      /** Files that are called as COCO's and labelme's are. */
      annotations: count,
    }),
  },
  /** Copies the bundled sample to a folder of its own, made anew under a free name, and answers where. */
  'sample.create': {
    arguments: z.strictObject({ parent: z.string().optional() }),
    result: z.strictObject({ folder: z.string() }),
  },
} as const;
