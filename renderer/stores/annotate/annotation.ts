/**
 * The image that is being painted: opens it, keeps its neighbors ready, and tells the panels what the editor holds.
 * Not the drawing. Convention: the editor is right; what panels read here is a copy of its plain records, made once a
 * frame; whatever was released is on its way to the disk before another image is shown.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, triggerRef, watch } from 'vue';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import type { ProposalInfo } from '../../../engine/contract/proposals.ts';
import type { EditorState } from '../../canvas/editor.ts';
import type { SaveState } from '../../canvas/history.ts';
import { background, unlabelled } from '../../canvas/label-image.ts';
import type { DisplaySettings, PaintSettings } from '../../canvas/settings.ts';
import type { SelectableToolName } from '../../canvas/tools/registry.ts';
import type { MountedCanvas } from '../../canvas/view/mount-canvas.ts';
import { engine } from '../../engine.ts';
import { checkedState, storedState } from './editor-memory.ts';
import { snapshotOf } from './editor-snapshot.ts';
import type { EditorSnapshot } from './editor-snapshot.ts';
import { useNotices } from '../shell/notices.ts';
import type { OpenImage } from '../canvas/open-image.ts';
import { OpenImages } from '../canvas/open-images.ts';
import { useProject } from '../project/project.ts';

/** Milliseconds, while the pixels of an image come. */
const drawnEvery = 200;
/** Shown for pixels that nobody has labelled yet. */
const unlabelledColor = '#7d8794';

export const useAnnotation = defineStore('annotation', () => {
  const project = useProject();
  const notices = useNotices();
  const opened = new OpenImages({ onRows: rowsCame, onSketch: sketchCame, onSaved: tellSaved });
  let canvas: MountedCanvas | undefined;
  let frame = 0;

  const shown = shallowRef<OpenImage>();
  const snapshot = shallowRef<EditorSnapshot>();
  const saveState = shallowRef<SaveState>({ kind: 'saved' });
  /** 0..1 of the pixels; undefined: none is being loaded. */
  const loading = ref<number>();
  /** Why the image cannot be shown. */
  const trouble = shallowRef<unknown>();
  /** Set by a person for images to come as well: tool, brush, view. */
  let carried: Partial<EditorState> = {};

  /** Of the image that is shown, while it is laid over it. */
  const proposal = shallowRef<ProposalInfo>();
  /** How: over the labels, instead of them as agreement and errors, or not at all. */
  const comparison = ref<'proposal' | 'confusion' | 'none'>('proposal');

  const editor = computed(() => shown.value?.editor);

  function attach(mounted: MountedCanvas): void {
    canvas = mounted;
    paintClasses();
    void show(project.current);
  }

  function detach(): void {
    shown.value?.editor.release();
    canvas = undefined;
    shown.value = undefined;
    snapshot.value = undefined;
  }

  async function show(image: ImageInfo | undefined): Promise<void> {
    const before = shown.value;
    before?.editor.release();
    undrawn = undefined;
    if (canvas === undefined) return;
    if (image === undefined) {
      shown.value = undefined;
      snapshot.value = undefined;
      canvas.show(undefined);
      return;
    }
    trouble.value = undefined;
    try {
      const next = await opened.open(project.name(), image, carried);
      if (project.currentId !== image.id) return;
      // What was begun on the old image while this one was opened.
      if (before !== next) before?.editor.release();
      shown.value = next;
      canvas.show(next.editor);
      if (before !== undefined && before !== next) {
        next.editor.tool = before.editor.tool;
        next.editor.change(before.editor.settings);
        next.editor.show(before.editor.display);
      }
      paintKnownClass();
      loading.value = next.rows / image.height;
      void showProposal();
      tell();
      await next.pixels;
      keepNeighbors(image.id);
    } catch (error) {
      if (project.currentId !== image.id) return;
      opened.forget(image.id);
      trouble.value = error;
      if (shown.value?.id !== image.id) {
        shown.value = undefined;
        snapshot.value = undefined;
        canvas.show(undefined);
      }
    } finally {
      if (project.currentId === image.id) loading.value = undefined;
    }
  }

  /** Rows that have come, and are not drawn yet. */
  let undrawn: { readonly top: number; readonly since: number } | undefined;

  /** A few times a second: drawing a large image costs more than a band of it. */
  function rowsCame(open: OpenImage, top: number, bottom: number): void {
    if (open !== shown.value) return;
    const { height } = open.editor.labels;
    const now = performance.now();
    undrawn ??= { top, since: now };
    if (bottom < height && now - undrawn.since < drawnEvery) return;
    canvas?.imageChanged(undrawn.top, bottom);
    undrawn = undefined;
    loading.value = bottom / height;
  }

  function sketchCame(open: OpenImage): void {
    if (open === shown.value) canvas?.requestDraw();
  }

  /** The next and the one before are there when they are asked for. */
  function keepNeighbors(id: number): void {
    const at = project.images.findIndex((image) => image.id === id);
    for (const neighbor of [project.images[at - 1], project.images[at + 1]]) {
      if (neighbor !== undefined) opened.prepare(project.name(), neighbor, carried);
    }
    // It stays the newest.
    if (project.current !== undefined) opened.prepare(project.name(), project.current, carried);
  }

  /** What is said is of all images, also of those that were left. */
  function tellSaved(): void {
    const state = opened.saveState;
    if (state.kind !== 'saved' || saveState.value.kind !== 'saved') saveState.value = state;
  }

  /** Once a frame, what panels show. */
  function tell(): void {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      const current = shown.value?.editor;
      if (current === undefined) return;
      carried = { ...current.state, viewport: undefined, window: undefined };
      snapshot.value = snapshotOf(current);
      tellSaved();
    });
  }

  function onChange(): void {
    // At once: between a release and the next frame, too, the sign must not say 'saved'.
    tellSaved();
    tell();
    rememberSoon();
  }

  /** What a network proposes for the image lies over its labels, until it is accepted or rejected. */
  async function showProposal(): Promise<void> {
    const open = shown.value;
    if (open === undefined) return;
    const wanted = project.proposals.get(open.id);
    const answer = await (wanted === undefined
      ? undefined
      : engine.request('proposals.read', { project: project.name(), image: open.id }).catch(() => undefined));
    if (open !== shown.value) return;
    const pixels = answer?.data ?? undefined;
    proposal.value = pixels === undefined ? undefined : (answer?.info ?? undefined);
    const kind = comparison.value;
    if (pixels === undefined || kind === 'none') open.editor.setLayer(undefined);
    else open.editor.setLayer(kind === 'proposal' ? { kind, pixels, opacity: 0.6 } : { kind, pixels });
    tell();
  }

  let remembering: ReturnType<typeof setTimeout> | undefined;
  function rememberSoon(): void {
    clearTimeout(remembering);
    remembering = setTimeout(() => {
      const current = shown.value;
      if (current === undefined) return;
      project.remember({ annotate: storedState(current.editor, current.id) });
    }, 500);
  }

  function paintClasses(): void {
    canvas?.setClasses([
      ...project.classes.map(({ index, color }) => ({ index, color })),
      ...(showsUnlabelled.value ? [{ index: unlabelled, color: unlabelledColor }] : []),
    ]);
  }
  const showsUnlabelled = ref(false);

  /** A class that was removed, or that this project never had, cannot be painted. */
  function paintKnownClass(): void {
    const open = shown.value;
    if (open === undefined) return;
    const { value } = open.editor.settings;
    const isKnown =
      value === background || value === unlabelled || project.classes.some(({ index }) => index === value);
    if (!isKnown) open.editor.change({ value: project.classes[0]?.index ?? background });
  }

  /** After a failure, all that is not yet on the disk is sent again. */
  async function retry(): Promise<void> {
    await opened.retry();
    tellSaved();
  }

  project.beforeClose(async () => {
    shown.value?.editor.release();
    await opened.settle();
  });
  // Whoever closes the window in the very moment of a stroke is asked to wait.
  window.addEventListener('beforeunload', (event) => {
    if (saveState.value.kind !== 'saved') event.preventDefault();
  });

  /** Somebody else changed the labels: an accepted prediction, an import, another window, other classes. */
  async function reloadForeign(): Promise<void> {
    for (const open of opened.all) {
      const { history } = open.editor;
      await history.settled();
      const revision = project.byId.get(open.id)?.revision ?? 0;
      if (history.saveState.kind === 'saved' && open.revision < revision) await reload(open);
    }
  }

  async function reload(open: OpenImage): Promise<void> {
    await open.reload();
    if (open !== shown.value) return;
    canvas?.show(open.editor);
    triggerRef(shown);
    void showProposal();
    tell();
  }

  /** Indices belong to other classes now. */
  async function reloadAll(): Promise<void> {
    for (const open of opened.all) await reload(open).catch((error: unknown) => notices.report(error));
  }

  /** One after the other, however fast the keys come. */
  let stepping = Promise.resolve();
  function step(direction: 'undo' | 'redo'): void {
    const stepped = shown.value?.editor;
    if (stepped !== undefined) stepping = stepping.then(() => stepped[direction]());
  }

  function chooseTool(tool: SelectableToolName): void {
    if (shown.value !== undefined) shown.value.editor.tool = tool;
  }

  function change(settings: Partial<PaintSettings>): void {
    shown.value?.editor.change(settings);
  }

  function display(settings: Partial<DisplaySettings>): void {
    shown.value?.editor.show(settings);
  }

  function recallState(): void {
    carried = checkedState(project.recall('annotate'), project.currentId);
  }

  watch(
    () => project.currentId,
    () => void show(project.current),
  );
  watch(
    () => project.folder,
    (now, before) => {
      if (now === before) return;
      opened.clear();
      shown.value = undefined;
      if (now !== undefined) recallState();
    },
    { flush: 'sync', immediate: true },
  );
  watch(
    () => project.images,
    () => void reloadForeign(),
  );
  watch(
    () => project.generation,
    () => void retry(),
  );
  watch(
    () => project.classes,
    (now, before) => {
      paintClasses();
      const sameIndices = before.every(({ id, index }) =>
        now.some((other) => other.id === id && other.index === index),
      );
      if (!sameIndices) void reloadAll();
      paintKnownClass();
    },
  );
  watch(showsUnlabelled, paintClasses);
  watch([() => project.proposals, comparison], () => void showProposal());

  return {
    shown,
    editor,
    snapshot,
    saveState,
    loading,
    trouble,
    showsUnlabelled,
    proposal,
    comparison,
    attach,
    detach,
    onChange,
    retry,
    undo: () => step('undo'),
    redo: () => step('redo'),
    chooseTool,
    change,
    display,
  };
});
