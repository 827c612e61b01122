/**
 * A canvas that shows one image of the project at a time, and the images that are open around it: what annotating and
 * reviewing share. Not the choice of the image, and not what is painted on it.
 * Convention: the image that was asked for last is shown, whichever is ready first; an open gesture ends before.
 */
import { ref, shallowRef, triggerRef, watch } from 'vue';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { EditorState } from '../../canvas/editor.ts';
import type { Layer } from '../../canvas/layer.ts';
import type { ClassColor } from '../../canvas/palette.ts';
import type { MountedCanvas } from '../../canvas/view/mount-canvas.ts';
import { useProject } from '../project/project.ts';
import { useNotices } from '../shell/notices.ts';
import type { OpenImage } from './open-image.ts';
import { OpenImages } from './open-images.ts';

/** Milliseconds, while the pixels of an image come: drawing a large image costs more than a band of it. */
const drawnEvery = 200;

export interface CanvasSessionOptions {
  /** The classes that are shown, with their colors. */
  readonly classes: () => readonly ClassColor[];
  /** What an image is opened with. */
  readonly state: () => Partial<EditorState>;
  /** Images that are made ready once this one is there. */
  readonly neighbors?: (image: ImageInfo) => readonly ImageInfo[];
  /** Bytes of images that stay open beside the one that is shown; absent: as many as `OpenImages` keeps. */
  readonly keptBytes?: number;
  /** A gesture, an undo or a redo has reached the disk, or has not. */
  readonly onSaved?: () => void;
}

export function createCanvasSession({ classes, state, neighbors, keptBytes, onSaved }: CanvasSessionOptions) {
  const project = useProject();
  const notices = useNotices();
  const opened = new OpenImages({ onRows, onSketch, onSaved: onSaved ?? (() => undefined) }, keptBytes);
  let canvas: MountedCanvas | undefined;
  let turn = 0;

  /** Triggered, too, when its labels were read again and its editor is another one. */
  const shown = shallowRef<OpenImage>();
  /** true: an image is being opened; 0..1: of its pixels; undefined: nothing is being loaded. */
  const loading = ref<number | true>();
  /** Why the image cannot be shown. */
  const trouble = shallowRef<unknown>();

  function attach(mounted: MountedCanvas): void {
    canvas = mounted;
    canvas.setClasses(classes());
  }

  function detach(): void {
    turn++;
    shown.value?.editor.release();
    canvas = undefined;
    shown.value = undefined;
    loading.value = undefined;
  }

  /** @param layer laid over it from the start; absent: the image keeps what lies over it */
  async function show(image: ImageInfo | undefined, layer?: () => Promise<Layer | undefined>): Promise<void> {
    const mine = ++turn;
    shown.value?.editor.release();
    undrawn = undefined;
    trouble.value = undefined;
    loading.value = undefined;
    if (canvas === undefined) return;
    if (image === undefined) {
      showNothing();
      return;
    }
    loading.value = true;
    try {
      const [next, over] = await Promise.all([opened.open(project.name(), image, state()), layer?.()]);
      if (mine !== turn) return;
      // What was begun on the old image while this one was opened.
      if (shown.value !== next) shown.value?.editor.release();
      if (layer !== undefined) next.editor.setLayer(over);
      canvas.show(next.editor);
      shown.value = next;
      loading.value = next.rows / image.height;
      await next.pixels;
      if (mine === turn) prepareNeighbors(image);
    } catch (error) {
      if (mine !== turn) return;
      opened.forget(image.id);
      trouble.value = error;
      if (shown.value?.id !== image.id) showNothing();
    } finally {
      if (mine === turn) loading.value = undefined;
    }
  }

  function showNothing(): void {
    shown.value = undefined;
    canvas?.show(undefined);
  }

  function prepareNeighbors(image: ImageInfo): void {
    // The image itself is the last, so that it stays the newest.
    for (const one of [...(neighbors?.(image) ?? []), image]) opened.prepare(project.name(), one, state());
  }

  /** Rows that have come, and are not drawn yet. */
  let undrawn: { readonly top: number; readonly since: number } | undefined;

  function onRows(open: OpenImage, top: number, bottom: number): void {
    if (open !== shown.value) return;
    const { height } = open.editor.labels;
    const now = performance.now();
    undrawn ??= { top, since: now };
    if (bottom < height && now - undrawn.since < drawnEvery) return;
    canvas?.imageChanged(undrawn.top, bottom);
    undrawn = undefined;
    loading.value = bottom / height;
  }

  function onSketch(open: OpenImage): void {
    if (open === shown.value) canvas?.requestDraw();
  }

  /** Somebody else changed labels: an accepted prediction, an import, another window. */
  async function reloadChanged(): Promise<void> {
    for (const open of opened.all) {
      const { history } = open.editor;
      await history.settled();
      const revision = project.byId.get(open.id)?.revision ?? 0;
      if (history.saveState.kind === 'saved' && open.revision < revision) await reload(open);
    }
  }

  /** Indices belong to other classes now. */
  async function reloadAll(): Promise<void> {
    for (const open of opened.all) await reload(open).catch((error: unknown) => notices.report(error));
  }

  async function reload(open: OpenImage): Promise<void> {
    const before = open.editor;
    await open.reload();
    open.editor.setLayer(before.layer);
    if (open !== shown.value) return;
    canvas?.show(open.editor);
    triggerRef(shown);
  }

  watch(
    () => project.folder,
    (now, before) => {
      if (now === before) return;
      turn++;
      opened.clear();
      shown.value = undefined;
      loading.value = undefined;
    },
    { flush: 'sync' },
  );
  watch(
    () => project.images,
    () => void reloadChanged(),
  );
  watch(
    () => project.classes,
    (now, before) => {
      const sameIndices = before.every(({ id, index }) =>
        now.some((other) => other.id === id && other.index === index),
      );
      if (!sameIndices) void reloadAll();
    },
  );
  watch(classes, (list) => canvas?.setClasses(list));

  return { opened, shown, loading, trouble, attach, detach, show };
}
