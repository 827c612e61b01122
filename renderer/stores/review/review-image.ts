/**
 * One image with what a network makes of it: over it, or held against its labels. Not painting: the labels are not
 * changed from here. Convention: the prediction is made when there is none by this run.
 */
import { defineStore } from 'pinia';
import { computed } from 'vue';
import { fromErrorValue } from '../../../engine/contract/error-value.ts';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import { proposalLayer } from '../../canvas/layer.ts';
import type { Layer, LayerKind } from '../../canvas/layer.ts';
import type { MountedCanvas } from '../../canvas/view/mount-canvas.ts';
import { engine } from '../../engine.ts';
import { createCanvasSession } from '../canvas/canvas-session.ts';
import { useProject } from '../project/project.ts';

export interface ReviewedImage {
  readonly image: ImageInfo;
  readonly kind: LayerKind;
  /** Whose prediction it is to be; undefined: the one that is there. */
  readonly run: number | undefined;
  /** One that is older is made again. */
  readonly since: string | undefined;
}

export const useReviewImage = defineStore('review-image', () => {
  const project = useProject();
  const session = createCanvasSession({
    classes: () => project.classes.map(({ index, color }) => ({ index, color })),
    state: () => ({ tool: 'pan' }),
    keptBytes: 0,
  });
  const shownId = computed(() => session.shown.value?.id);
  let reviewed: ReviewedImage | undefined;

  function attach(mounted: MountedCanvas): void {
    session.attach(mounted);
    void show(reviewed);
  }

  function detach(): void {
    session.detach();
    session.opened.clear();
  }

  async function show(next: ReviewedImage | undefined): Promise<void> {
    reviewed = next;
    await session.show(next?.image, next && (() => layerOf(next)));
  }

  async function layerOf({ image, kind, run, since }: ReviewedImage): Promise<Layer | undefined> {
    const ofImage = { project: project.name(), image: image.id };
    const known = project.proposals.get(image.id);
    const fits = known !== undefined && (run === undefined || known.run === run) && (since ?? '') <= known.at;
    if (!fits && run !== undefined) {
      const { failed } = await engine.request('proposals.make', { project: ofImage.project, images: [image.id], run });
      if (failed[0] !== undefined) throw fromErrorValue(failed[0]);
    }
    const { data } = await engine.request('proposals.read', ofImage);
    return data === null ? undefined : proposalLayer(kind, data);
  }

  const { trouble, loading } = session;
  return { trouble, loading, shownId, attach, detach, show };
});
