/**
 * The image that is painted on: which one is shown, and what panels and commands do with its editor. Put together from
 * the canvas, the editor's state, the saving of strokes and the proposal's layer. Not the drawing.
 * Convention: whatever was released is on its way to the disk before another image is shown.
 */
import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';
import type { ImageInfo } from '../../../engine/contract/images.ts';
import { background, unlabelled } from '../../canvas/label-image.ts';
import type { SelectableToolName } from '../../canvas/tools/registry.ts';
import type { MountedCanvas } from '../../canvas/view/mount-canvas.ts';
import { createCanvasSession } from '../canvas/canvas-session.ts';
import { useProject } from '../project/project.ts';
import { useEditorState } from './editor-state.ts';
import { useProposalLayer } from './proposal-layer.ts';
import { useStrokeSaving } from './stroke-saving.ts';

/** Shown for pixels that nobody has labelled yet. */
const unlabelledColor = '#7d8794';

export const useAnnotation = defineStore('annotation', () => {
  const project = useProject();
  const showsUnlabelled = ref(false);

  const session = createCanvasSession({
    classes: () => [
      ...project.classes.map(({ index, color }) => ({ index, color })),
      ...(showsUnlabelled.value ? [{ index: unlabelled, color: unlabelledColor }] : []),
    ],
    state: () => state.carried(),
    neighbors,
    onSaved: () => saving.update(),
  });
  const { shown, loading, trouble } = session;
  const editor = computed(() => shown.value?.editor);
  const state = useEditorState(shown);
  const saving = useStrokeSaving(session.opened, () => editor.value?.release());
  const { proposal, comparison } = useProposalLayer(shown);

  function attach(mounted: MountedCanvas): void {
    session.attach(mounted);
    void session.show(project.current);
  }

  /** The one before and the next one, in the project's order. */
  function neighbors({ id }: ImageInfo): readonly ImageInfo[] {
    const at = project.images.findIndex((image) => image.id === id);
    return [project.images[at - 1], project.images[at + 1]].filter((image) => image !== undefined);
  }

  function onChange(): void {
    // At once: between a release and the next frame, too, the sign must not say 'saved'.
    saving.update();
    state.onChange();
  }

  /** A class that was removed, or that this project never had, cannot be painted. */
  function paintKnownClass(): void {
    if (editor.value === undefined) return;
    const { value } = editor.value.settings;
    const isKnown =
      value === background || value === unlabelled || project.classes.some(({ index }) => index === value);
    if (!isKnown) editor.value.change({ value: project.classes[0]?.index ?? background });
  }

  /** One after the other, however fast the keys come. */
  let stepping = Promise.resolve();
  function step(direction: 'undo' | 'redo'): void {
    const stepped = editor.value;
    if (stepped !== undefined) stepping = stepping.then(() => stepped[direction]());
  }

  function chooseTool(tool: SelectableToolName): void {
    if (editor.value !== undefined) editor.value.tool = tool;
  }

  watch(
    () => project.currentId,
    () => void session.show(project.current),
  );
  watch(shown, paintKnownClass, { flush: 'sync' });
  watch(() => project.classes, paintKnownClass);

  return {
    shown,
    editor,
    snapshot: state.snapshot,
    saveState: saving.saveState,
    loading,
    trouble,
    showsUnlabelled,
    proposal,
    comparison,
    attach,
    detach: session.detach,
    onChange,
    retry: saving.retry,
    undo: () => step('undo'),
    redo: () => step('redo'),
    chooseTool,
  };
});
