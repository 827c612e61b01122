/**
 * Proposals accepted, rejected, and taken back. Convention: accepting is one change of the labels that can be undone; the
 * proposal is set aside with either, and what is taken back is as it was: proposal, labels, state.
 */
import type { ResultOf } from '../../contract/requests.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { requireImage } from '../answers/describe-images.ts';
import type { Verb } from '../engine-context.ts';
import {
  currentLabels,
  listProposals,
  readProposal,
  restoreProposal,
  setProposalAside,
} from '../projects/proposal-files.ts';
import { tellOf } from './images.ts';

type Acceptance = ResultOf<'proposals.accept'>['accepted'][number];

export const proposalsAccept: Verb<'proposals.accept'> = async (context, { project, images }, work) => {
  const store = context.projects.get(project);
  const accepted: Acceptance[] = [];
  const tell = (): ResultOf<'proposals.accept'>['images'] => {
    const ids = accepted.map(({ image }) => image);
    context.emit({ kind: 'proposals.changed', project: store.folder, images: ids });
    return tellOf(context, store, ids);
  };
  try {
    for (const [done, id] of images.entries()) {
      work.signal?.throwIfAborted();
      work.onProgress?.({ kind: 'accept', value: done / images.length, done, total: images.length });
      const proposal = await readProposal(store, id);
      if (proposal === undefined) continue;
      const { state } = requireImage(store, id);
      const note = { origin: 'predicted-accepted', description: 'accepted prediction', state: 'done' } as const;
      const change = await store.labels.writeInSteps(id, await currentLabels(store, proposal), note);
      setProposalAside(store, id, change?.edit.id);
      accepted.push({ image: id, ...(change !== undefined && { edit: change.edit.id }), state });
    }
  } catch (error) {
    if (accepted.length > 0) tell();
    throw error;
  }
  return { images: tell(), accepted };
};

export const proposalsReject: Verb<'proposals.reject'> = ({ projects, emit }, { project, images }) => {
  const store = projects.get(project);
  for (const id of images) setProposalAside(store, id);
  emit({ kind: 'proposals.changed', project: store.folder, images: [...images] });
  return {};
};

export const proposalsRestore: Verb<'proposals.restore'> = (context, { project, images, accepted = [] }) => {
  const store = context.projects.get(project);
  const acceptances = new Map(accepted.map((acceptance) => [acceptance.image, acceptance]));
  const kept: number[] = [];
  const restored = new Set<number>();
  for (const id of images) {
    const acceptance = acceptances.get(id);
    if (acceptance !== undefined && !undoAcceptance(store, acceptance)) kept.push(id);
    else if (restoreProposal(store, id, acceptance?.edit)) restored.add(id);
  }
  context.emit({ kind: 'proposals.changed', project: store.folder, images: [...restored] });
  if (acceptances.size > 0) tellOf(context, store, [...acceptances.keys()]);
  return { proposals: listProposals(store).filter(({ image }) => restored.has(image)), kept };
};

/** False, and nothing is done, where the labels were changed after it. */
function undoAcceptance(store: ProjectStore, { image, edit, state }: Acceptance): boolean {
  if (edit !== undefined) {
    const done = store.labels.history(image).filter(({ undone }) => !undone);
    if (done.at(-1)?.id === edit) store.labels.undo(image);
    else if (done.some(({ id }) => id === edit)) return false;
  }
  if (requireImage(store, image).state === 'done') store.images.setState(image, state);
  return true;
}
