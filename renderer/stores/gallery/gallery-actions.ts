/**
 * Actions on the selected images: set state, predict, remove. Convention: state and removal can be undone from their
 * notice; images whose files are missing are not predicted.
 */
import type { ImageInfo } from '../../../engine/contract/images.ts';
import { engine } from '../../engine.ts';
import { reasonOf } from '../../locales/engine-texts.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useTasks } from '../shell/tasks.ts';
import { useRunSelection } from '../train/run-selection.ts';

export function useGalleryActions() {
  const project = useProject();
  const notices = useNotices();
  const tasks = useTasks();
  const runSelection = useRunSelection();
  const ofImages = (images: readonly number[]) => ({ project: project.name(), images: [...images] });

  async function setState(images: readonly number[], state: ImageInfo['state']): Promise<void> {
    const before = Map.groupBy(images, (id) => project.byId.get(id)?.state ?? state);
    await notices.attempt(async () => {
      await engine.request('images.set-state', { ...ofImages(images), state });
      const count = images.length;
      const text = translate('gallery.stateSet', { count, state: translate(`gallery.states.${state}`) });
      notices.sayUndoable(text, () => restoreStates(before));
    });
  }

  async function restoreStates(before: ReadonlyMap<ImageInfo['state'], readonly number[]>): Promise<void> {
    for (const [state, images] of before) await engine.request('images.set-state', { ...ofImages(images), state });
  }

  async function remove(images: readonly number[]): Promise<void> {
    await notices.attempt(async () => {
      const removed = ofImages(images);
      await engine.request('images.remove', removed);
      const text = translate('gallery.removed', { count: images.length });
      notices.sayUndoable(text, () => engine.request('images.restore', removed));
    });
  }

  async function predict(images: readonly number[]): Promise<void> {
    const present = images.filter((id) => project.byId.get(id)?.missing === false);
    const title = translate('gallery.predicting', { count: present.length });
    await notices.attempt(async () => {
      const run = runSelection.predictingRun?.id;
      const wanted = { ...ofImages(present), ...(run !== undefined && { run }) };
      const { proposals, failed } = await tasks.run(title, (work) => engine.request('proposals.make', wanted, work));
      if (proposals.length > 0) {
        notices.say(translate('gallery.predictedDone', { count: proposals.length }), {
          title: translate('gallery.review'),
          run: () => project.go('review'),
        });
      }
      const [first] = failed;
      if (first === undefined) return;
      const { text: reason, detail } = reasonOf(first);
      const values = { count: failed.length, path: first.path, reason };
      notices.warn({ text: translate('gallery.predictedFailed', values), detail });
    });
  }

  return { setState, remove, predict };
}
