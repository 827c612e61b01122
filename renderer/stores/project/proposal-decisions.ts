/**
 * Predictions taken or refused, wherever that is done: one way, told once it is done, with a way back. Not the choice of
 * the images. Convention: what is taken back is as it was; labels that were changed since stay as they are.
 */
import { engine } from '../../engine.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from './project.ts';
import { useTasks } from '../shell/tasks.ts';

export interface Following {
  /** A person has thought again, and these have their predictions once more. */
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
    tell('accepted', images, following, () => engine.request('proposals.restore', { ...ofImages, images, accepted }));
  }

  /** @throws MambrushError */
  async function reject(ids: readonly number[], following: Following = {}): Promise<void> {
    const ofImages = { project: project.name(), images: [...ids] };
    await engine.request('proposals.reject', ofImages);
    tell('rejected', ids, following, () => engine.request('proposals.restore', ofImages));
  }

  function tell(
    kind: 'accepted' | 'rejected',
    ids: readonly number[],
    { onBack }: Following,
    restore: () => Promise<{ kept: readonly number[] }>,
  ): void {
    const [first] = ids;
    if (first === undefined) return;
    // One image is named, so that of several, one after the other, each has its notice.
    const values = { count: ids.length, path: project.byId.get(first)?.path ?? '' };
    const takeBack = async (): Promise<void> => {
      const { kept } = await restore();
      if (kept.length > 0) notices.say(translate('review.decision.kept', { count: kept.length }));
      onBack?.(ids.filter((id) => !kept.includes(id)));
    };
    notices.say(translate(`review.decision.${kind}`, values), {
      title: translate('shell.notices.undo'),
      run: () => void notices.attempt(takeBack),
    });
  }

  return { accept, reject };
}
