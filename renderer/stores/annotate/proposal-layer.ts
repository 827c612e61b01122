/**
 * What a network proposes for the image that is shown, laid over its labels or held against them. Not the decision on it
 * (image-decisions.ts). Convention: it lies there until it is accepted, rejected or hidden.
 */
import { ref, shallowRef, watch } from 'vue';
import type { ShallowRef } from 'vue';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';
import { proposalLayer } from '../../canvas/layer.ts';
import { engine } from '../../engine.ts';
import type { OpenImage } from '../canvas/open-image.ts';
import { useProject } from '../project/project.ts';

export function useProposalLayer(shown: Readonly<ShallowRef<OpenImage | undefined>>) {
  const project = useProject();
  /** Of the image that is shown, if there is one. */
  const proposal = shallowRef<ProposalInfo>();
  /** How: over the labels, instead of them as agreement and errors, or not at all. */
  const comparison = ref<'proposal' | 'confusion' | 'none'>('proposal');

  async function show(): Promise<void> {
    const open = shown.value;
    if (open === undefined) return;
    const answer = await (project.proposals.has(open.id)
      ? engine.request('proposals.read', { project: project.name(), image: open.id }).catch(() => undefined)
      : undefined);
    if (open !== shown.value) return;
    const pixels = answer?.data ?? undefined;
    proposal.value = pixels === undefined ? undefined : (answer?.info ?? undefined);
    const kind = comparison.value;
    open.editor.setLayer(pixels === undefined || kind === 'none' ? undefined : proposalLayer(kind, pixels));
  }

  watch(shown, () => void show(), { flush: 'sync' });
  watch([() => project.proposals, comparison], () => void show());

  return { proposal, comparison };
}
