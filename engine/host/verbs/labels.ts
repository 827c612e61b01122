/**
 * The labels of one image: reading, gestures, undo, redo. Convention: a change is on the disk before it is answered, and
 * every change is told to everybody.
 */
import type { LabelChange } from '../../contract/labels.ts';
import type { LabelChange as StoredChange, LabelEdit as StoredEdit, ProjectStore } from '../../store/project-store.ts';
import { requireImage } from '../answers/describe-images.ts';
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
  return { change: told(context, store, image, store.labels.applyTiles(image, tiles, note)) };
};

export const labelsUndo: Verb<'labels.undo'> = (context, { project, image }) => {
  const store = context.projects.get(project);
  const undone = store.labels.undo(image);
  // Whoever takes an acceptance back by the history of the labels has the proposal again, too.
  if (undone?.edit.origin === 'predicted-accepted' && restoreProposal(store, image, undone.edit.id)) {
    context.emit({ kind: 'proposals.changed', project: store.folder, images: [image] });
  }
  return { change: told(context, store, image, undone) };
};

export const labelsRedo: Verb<'labels.redo'> = (context, { project, image }) => {
  const store = context.projects.get(project);
  return { change: told(context, store, image, store.labels.redo(image)) };
};

export const labelsHistory: Verb<'labels.history'> = ({ projects }, { project, image }) => ({
  edits: projects.get(project).labels.history(image).map(described),
});

/** Whose edit it is, the asker knows. */
function described({ imageId: _, ...edit }: StoredEdit): NonNullable<LabelChange>['edit'] {
  return edit;
}

function told(
  context: EngineContext,
  store: ProjectStore,
  image: number,
  change: StoredChange | undefined,
): LabelChange {
  if (change === undefined) return null;
  tellOf(context, store, [image]);
  const { edit, revision, tiles } = change;
  return {
    edit: described(edit),
    revision,
    state: requireImage(store, image).state,
    tiles: tiles.map(({ tileX, tileY }) => ({ tileX, tileY, after: store.labels.readTile(image, tileX, tileY) })),
  };
}
