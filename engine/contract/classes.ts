/**
 * Requests about a project's classes. Convention: every change answers with all classes in their order, and is felt by
 * every label map at once; what was removed or merged can be taken back.
 */
import { z } from 'zod';
import { classInfo, project } from './project.ts';
import { id } from './values.ts';

const all = z.strictObject({
  classes: z.array(classInfo),
  removed: z.array(z.strictObject({ id, name: z.string(), color: z.string(), mergedInto: id.optional() })),
});
export type ClassList = z.infer<typeof all>;
const ofClass = z.strictObject({ project, class: id });

export const classRequests = {
  'classes.list': { arguments: z.strictObject({ project }), result: all },
  'classes.add': {
    arguments: z.strictObject({ project, name: z.string(), color: z.string().optional() }),
    result: all,
  },
  'classes.rename': { arguments: ofClass.extend({ name: z.string() }), result: all },
  'classes.recolor': { arguments: ofClass.extend({ color: z.string() }), result: all },
  /** All ids in their new order. */
  'classes.reorder': { arguments: z.strictObject({ project, order: z.array(id) }), result: all },
  'classes.merge': { arguments: z.strictObject({ project, from: z.array(id), into: id }), result: all },
  /** Its pixels count as background. */
  'classes.remove': { arguments: ofClass, result: all },
  'classes.restore': { arguments: ofClass, result: all },
} as const;
