/**
 * What a person decides about the image that is painted on: its state, done, accept or reject the prediction, go to
 * another. Not the painting. Convention: every stroke is on the disk before the image is done or its prediction accepted.
 */
import type { ImageInfo } from '../../../engine/contract/images.ts';
import { engine } from '../../engine.ts';
import { translate } from '../../locales/i18n.ts';
import { useAnnotation } from './annotation.ts';
import { useNotices } from '../shell/notices.ts';
import { useProject } from '../project/project.ts';
import { useProposalDecisions } from '../project/proposal-decisions.ts';

export function useImageDecisions() {
  const annotation = useAnnotation();
  const project = useProject();
  const notices = useNotices();
  const decisions = useProposalDecisions();

  /** `step` images on, in the project's order; stays where there is none. */
  function go(step: 1 | -1, wanted: (image: ImageInfo) => boolean = () => true): void {
    const at = project.images.findIndex(({ id }) => id === project.currentId);
    const rest = step === 1 ? project.images.slice(at + 1) : project.images.slice(0, Math.max(0, at)).reverse();
    const next = rest.find(wanted);
    if (next !== undefined) project.select(next.id);
    else notices.say(translate(step === 1 ? 'annotate.noNext' : 'annotate.noPrevious'));
  }

  async function setState(state: ImageInfo['state']): Promise<void> {
    const id = project.currentId;
    if (id === undefined) return;
    await engine.request('images.set-state', { project: project.name(), images: [id], state });
  }

  /** The image is done, and the next that is not is shown. */
  async function finish(): Promise<void> {
    const { editor } = annotation;
    if (editor === undefined) return;
    // What was left unlabelled is background from here on, as one change that can be undone.
    if (!(await editor.unlabelledToBackground())) return;
    await editor.history.settled();
    if (editor.history.saveState.kind !== 'saved') return;
    await setState('done');
    notices.say(translate('annotate.finished'));
    go(1, ({ state }) => state !== 'done');
  }

  /** Its labels are the engine's from here on; the annotation reads them again when it is told. */
  async function acceptProposal(): Promise<void> {
    const open = annotation.shown;
    if (open === undefined) return;
    open.editor.release();
    await open.editor.history.settled();
    if (open.editor.history.saveState.kind === 'saved') await decisions.accept([open.id]);
  }

  async function rejectProposal(): Promise<void> {
    const open = annotation.shown;
    if (open !== undefined) await decisions.reject([open.id]);
  }

  return { go, setState, finish, acceptProposal, rejectProposal };
}
