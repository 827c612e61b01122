/**
 * Notices about runs: that one has ended, broke off, or goes on without a window, and what can be done then. Not their
 * state. Convention: to resume a run that broke off is offered once.
 */
import type { RunInfo } from '../../../engine/contract/training.ts';
import { textOf } from '../../locales/engine-texts.ts';
import { measure } from '../../locales/format.ts';
import { translate } from '../../locales/i18n.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { nameOf } from './run-names.ts';

export function useRunNotices() {
  const project = useProject();
  const notices = useNotices();
  const offered = new Set<string>();

  function brokeOff(run: RunInfo, resume: () => void): void {
    const key = `${run.project} ${run.id} ${run.epochs.done}`;
    if (offered.has(key)) return;
    offered.add(key);
    const text = translate('train.notice.interrupted', { name: nameOf(run), epoch: run.epochs.done });
    notices.say(text, { title: translate('train.resume'), run: resume });
  }

  function ended(run: RunInfo): void {
    const { status, best, code = '', message = '' } = run;
    if (status === 'interrupted' || status === 'failed') {
      const { text: reason, detail } = textOf({ code, message });
      const text = translate(`train.notice.${status}Because`, { name: nameOf(run), message: reason });
      notices.warn({ text, detail });
      return;
    }
    const text = translate('train.notice.ended', { name: nameOf(run), dice: measure(best?.valDice) });
    const title = translate('train.notice.review');
    notices.say(text, best === undefined ? undefined : { title, run: () => project.go('review') });
  }

  function goesOn(run: RunInfo): void {
    notices.say(translate('train.notice.closed', { name: nameOf(run) }));
  }

  return { brokeOff, ended, goesOn };
}
