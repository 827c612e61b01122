/**
 * The labels of one image: reading, gestures, undo, redo. Convention: a change is on the disk before it is answered, and
 * every change is an event.
 */
import type { LabelChange } from '../../contract/labels.ts';
import type { LabelChange as StoredChange, ProjectStore } from '../../store/project-store.ts';
import type { EngineContext, Verb } from '../engine-context.ts';
import { restoreProposal } from '../projects/proposal-files.ts';
import { tellOf } from './images.ts';

export const labelsRead: Verb<'labels.read'> = ({ projects }, { project, image }) => {
  const store = projects.get(project);
  return { revision: store.labels.revision(image), data: store.labels.read(image) ?? null };
};

export const labelsApply: Verb<'labels.apply'> = (context, args) => {
  const { project, image, tiles, origin, description, state } = args;
  const store = context.projects.get(project);
  const note = { origin, description, ...(state !== undefined && { state }) };
  const change = store.labels.applyTiles(image, tiles, note);
  if (change !== undefined) tellOf(context, store, [image]);
  return { revision: change?.revision ?? null };
};

export const labelsUndo: Verb<'labels.undo'> = (context, { project, image }) => {
  const store = context.projects.get(project);
  const undone = store.labels.undo(image);
  // Taking an acceptance back by the history of the labels brings the proposal back, too.
  if (undone?.edit.origin === 'predicted-accepted' && restoreProposal(store, image, undone.edit.id)) {
    context.emit({ kind: 'proposals.changed', project: store.folder, images: [image] });
  }
  return { change: toDraw(context, store, image, undone) };
};

export const labelsRedo: Verb<'labels.redo'> = (context, { project, image }) => {
  const store = context.projects.get(project);
  return { change: toDraw(context, store, image, store.labels.redo(image)) };
};

export const labelsHistory: Verb<'labels.history'> = ({ projects }, { project, image }) => ({
  edits: projects
    .get(project)
    .labels.history(image)
    .map(({ imageId: _, ...edit }) => edit),
});

function toDraw(
  context: EngineContext,
  store: ProjectStore,
  image: number,
  change: StoredChange | undefined,
): LabelChange {
  if (change === undefined) return null;
  tellOf(context, store, [image]);
  return {
    revision: change.revision,
    tiles: change.tiles.map((at) => ({ ...at, after: store.labels.readTile(image, at.tileX, at.tileY) })),
  };
}
