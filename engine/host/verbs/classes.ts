/**
 * A project's classes. Convention: every change answers with all of them, and is an event, together with one of the
 * images, whose label maps it may alter.
 */
import type { ClassList } from '../../contract/classes.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import type { EngineContext, Verb } from '../engine-context.ts';

function listOf({ classes }: ProjectStore): ClassList {
  return { classes: classes.all(), removed: classes.removed() };
}

function changed({ projects, emit }: EngineContext, project: string, change: (store: ProjectStore) => void): ClassList {
  const store = projects.get(project);
  change(store);
  emit({ kind: 'classes.changed', project: store.folder });
  emit({ kind: 'images.changed', project: store.folder, images: [] });
  return listOf(store);
}

export const classesList: Verb<'classes.list'> = ({ projects }, { project }) => listOf(projects.get(project));

export const classesAdd: Verb<'classes.add'> = (context, { project, name, color }) =>
  changed(context, project, (store) => void store.classes.add({ name, color }));

export const classesRename: Verb<'classes.rename'> = (context, { project, class: id, name }) =>
  changed(context, project, (store) => void store.classes.rename(id, name));

export const classesRecolor: Verb<'classes.recolor'> = (context, { project, class: id, color }) =>
  changed(context, project, (store) => void store.classes.recolor(id, color));

export const classesReorder: Verb<'classes.reorder'> = (context, { project, order }) =>
  changed(context, project, (store) => void store.classes.reorder(order));

export const classesMerge: Verb<'classes.merge'> = (context, { project, from, into }) =>
  changed(context, project, (store) => void store.classes.merge(from, into));

export const classesRemove: Verb<'classes.remove'> = (context, { project, class: id }) =>
  changed(context, project, (store) => store.classes.remove(id));

export const classesRestore: Verb<'classes.restore'> = (context, { project, class: id }) =>
  changed(context, project, (store) => void store.classes.restore(id));
