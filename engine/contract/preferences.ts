/**
 * Requests about what a window remembers: for a person (language, keys, recent projects) and for a project (open image,
 * zoom, tool, panels). Convention: the engine keeps it without looking inside; what is damaged or missing is empty.
 */
import { z } from 'zod';
import { project } from './project.ts';

const values = z.record(z.string(), z.json());
export type StoredValues = z.infer<typeof values>;

const folderEntry = z.strictObject({ name: z.string(), path: z.string(), isProject: z.boolean() });

export const preferenceRequests = {
  'preferences.read': { arguments: z.strictObject({}), result: z.strictObject({ values }) },
  /** Replaces the given keys, keeps the others. */
  'preferences.write': { arguments: z.strictObject({ values }), result: z.strictObject({}) },
  'view.read': { arguments: z.strictObject({ project }), result: z.strictObject({ values }) },
  'view.write': { arguments: z.strictObject({ project, values }), result: z.strictObject({}) },
  /** Folders inside a folder, for choosing one where there is no dialog of the system; the home folder unless given. */
  'folders.list': {
    arguments: z.strictObject({ folder: z.string().optional() }),
    result: z.strictObject({
      folder: z.string(),
      parent: z.string().nullable(),
      folders: z.array(folderEntry),
      /** Image files directly inside. */
      images: z.int().nonnegative(),
    }),
  },
  /** Copies the bundled sample to a folder of its own, made anew under a free name, and answers where. */
  'sample.create': {
    arguments: z.strictObject({ parent: z.string().optional() }),
    result: z.strictObject({ folder: z.string() }),
  },
} as const;
