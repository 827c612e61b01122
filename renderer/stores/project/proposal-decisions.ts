/**
 * Predictions accepted or rejected, in whichever view: a notice offers to undo it. Convention: undone is as it was before,
 * except labels that were changed since.
 */
import { engine } from '../../engine.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from './project.ts';
import { useTasks } from '../shell/tasks.ts';

export interface Following {
  /** Called when it was undone, with the images that have their predictions again. */
  readonly onBack?: (ids: readonly number[]) => void;
}

export function useProposalDecisions() {
  const project = useProject();
  const notices = useNotices();
  const tasks = useTasks();

  /** @throws MambrushError */
  async function accept(ids: readonly number[], following: Following = {}): Promise<void> {
    const ofImages = { project: project.name(), images: [...ids] };
    const title = translate('review.decision.accepting', { count: ids.length });
    const { accepted } = await tasks.run(title, (work) => engine.request('proposals.accept', ofImages, work));
    const images = accepted.map(({ image }) => image);
    notify('accepted', images, following, () => engine.request('proposals.restore', { ...ofImages, images, accepted }));
  }

  /** @throws MambrushError */
  async function reject(ids: readonly number[], following: Following = {}): Promise<void> {
    const ofImages = { project: project.name(), images: [...ids] };
    await engine.request('proposals.reject', ofImages);
    notify('rejected', ids, following, () => engine.request('proposals.restore', ofImages));
  }

  function notify(
    kind: 'accepted' | 'rejected',
    ids: readonly number[],
    { onBack }: Following,
    restore: () => Promise<{ kept: readonly number[] }>,
  ): void {
    const [first] = ids;
    if (first === undefined) return;
    // With its name: equal texts would replace each other.
    const values = { count: ids.length, path: project.byId.get(first)?.path ?? '' };
    notices.sayUndoable(translate(`review.decision.${kind}`, values), async () => {
      const { kept } = await restore();
      if (kept.length > 0) notices.say(translate('review.decision.kept', { count: kept.length }));
      onBack?.(ids.filter((id) => !kept.includes(id)));
    });
  }

  return { accept, reject };
}
