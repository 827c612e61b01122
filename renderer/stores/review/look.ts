/**
 * A look at one image with what a network makes of it: over it, or held against its labels. Not painting: the labels are
 * not touched from here. Convention: the prediction is made when there is none by this run; the last image that was
 * asked for is shown, whatever comes when.
 */
import { defineStore } from 'pinia';
import { ref, shallowRef, watch } from 'vue';
import { fromErrorValue } from '../../../engine/contract/error-value.ts';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { Layer, LayerKind } from '../../canvas/layer.ts';
import type { MountedCanvas } from '../../canvas/view/mount-canvas.ts';
import { engine } from '../../engine.ts';
import { openImage } from '../canvas/open-image.ts';
import type { OpenImage } from '../canvas/open-image.ts';
import { useProject } from '../project/project.ts';

export interface Wanted {
  readonly image: ImageInfo;
  readonly kind: LayerKind;
  /** Whose prediction it is to be; undefined: the one that is there. */
  readonly run: number | undefined;
  /** One that is older is made again. */
  readonly since: string | undefined;
}

export const useLook = defineStore('look', () => {
  const project = useProject();
  const trouble = shallowRef<unknown>();
  const loading = ref(false);
  const shownId = ref<number>();
  let canvas: MountedCanvas | undefined;
  let open: OpenImage | undefined;
  let wanted: Wanted | undefined;
  let turn = 0;

  function attach(mounted: MountedCanvas): void {
    canvas = mounted;
    paintClasses();
    void show(wanted);
  }

  function detach(): void {
    turn++;
    canvas = undefined;
    end();
  }

  function end(): void {
    open?.end();
    open = undefined;
    shownId.value = undefined;
  }

  function paintClasses(): void {
    canvas?.setClasses(project.classes.map(({ index, color }) => ({ index, color })));
  }

  async function show(next: Wanted | undefined): Promise<void> {
    const mine = ++turn;
    wanted = next;
    trouble.value = undefined;
    if (canvas === undefined) return;
    if (next === undefined) {
      end();
      canvas.show(undefined);
      return;
    }
    loading.value = true;
    try {
      const rows = (from: OpenImage, top: number, bottom: number): void => {
        if (from === open) canvas?.imageChanged(top, bottom);
      };
      const sketched = (from: OpenImage): void => {
        if (from === open) canvas?.requestDraw();
      };
      const events = { onRows: rows, onSketch: sketched, onSaved: () => undefined };
      const same = open?.id === next.image.id ? open : undefined;
      const [opened, pixels] = await Promise.all([
        same ?? openImage(project.name(), next.image, { tool: 'pan' }, events),
        predictionOf(next),
      ]);
      if (mine !== turn) {
        if (opened !== same) opened.end();
        return;
      }
      if (opened !== same) end();
      open = opened;
      shownId.value = next.image.id;
      opened.editor.setLayer(pixels === undefined ? undefined : layerOf(next.kind, pixels));
      canvas.show(opened.editor);
      await opened.pixels;
    } catch (error) {
      if (mine !== turn) return;
      end();
      canvas.show(undefined);
      trouble.value = error;
    } finally {
      if (mine === turn) loading.value = false;
    }
  }

  async function predictionOf({ image, run, since }: Wanted): Promise<Uint8Array | undefined> {
    const ofImage = { project: project.name(), image: image.id };
    const known = project.proposals.get(image.id);
    const fits = known !== undefined && (run === undefined || known.run === run) && (since ?? '') <= known.at;
    if (!fits && run !== undefined) {
      const { failed } = await engine.request('proposals.make', {
        project: ofImage.project,
        images: [image.id],
        run,
      });
      if (failed[0] !== undefined) throw fromErrorValue(failed[0]);
    }
    return (await engine.request('proposals.read', ofImage)).data ?? undefined;
  }

  watch(() => project.classes, paintClasses);

  return { trouble, loading, shownId, attach, detach, show };
});

function layerOf(kind: LayerKind, pixels: Uint8Array): Layer {
  return kind === 'proposal' ? { kind, pixels, opacity: 0.6 } : { kind, pixels };
}
