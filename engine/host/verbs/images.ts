/**
 * The list of a project's images, and their states. Convention: every change is sent to all clients as an event.
 */
import { describeImages } from '../answers/describe-images.ts';
import type { EngineContext, Verb } from '../engine-context.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import type { ImageInfo } from '../../contract/images.ts';

export const imagesList: Verb<'images.list'> = ({ projects }, { project }) => ({
  images: describeImages(projects.get(project)),
});

export const imagesSetState: Verb<'images.set-state'> = (context, { project, images, state }) => {
  const store = context.projects.get(project);
  for (const id of images) store.images.setState(id, state);
  return { images: tellOf(context, store, images) };
};

export const imagesRemove: Verb<'images.remove'> = ({ projects, emit }, { project, images }) => {
  const store = projects.get(project);
  store.images.remove(images);
  emit({ kind: 'images.changed', project: store.folder, images: [] });
  return {};
};

export const imagesRestore: Verb<'images.restore'> = (context, { project, images }) => {
  const store = context.projects.get(project);
  store.images.restore(images);
  return { images: tellOf(context, store, images) };
};

/** @returns the images as they are now */
export function tellOf({ emit }: EngineContext, store: ProjectStore, ids: readonly number[]): ImageInfo[] {
  const images = describeImages(store, ids);
  emit({ kind: 'images.changed', project: store.folder, images });
  return images;
}
