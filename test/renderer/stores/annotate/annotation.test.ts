import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Editor } from '../../../../renderer/canvas/editor.ts';
import { useAnnotation } from '../../../../renderer/stores/annotate/annotation.ts';
import type { useProject } from '../../../../renderer/stores/project/project.ts';
import { engine, line } from '../engine-line.ts';
import { BlankCanvas, openProject, propose, stroke } from '../stores-in-node.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-line.ts'));

interface Painting {
  readonly project: ReturnType<typeof useProject>;
  readonly annotation: ReturnType<typeof useAnnotation>;
  readonly canvas: BlankCanvas;
  readonly ids: readonly number[];
}

/** The editor of the image, once it is shown with all its pixels. */
async function shown({ annotation }: Painting, id: number | undefined): Promise<Editor> {
  await expect.poll(() => [annotation.shown?.id, annotation.loading]).toEqual([id, undefined]);
  return annotation.editor!;
}

async function paint(count: number, labelled = 0): Promise<Painting> {
  const project = await openProject(count, labelled);
  const annotation = useAnnotation();
  const canvas = new BlankCanvas(annotation.onChange);
  annotation.attach(canvas);
  const painting = { project, annotation, canvas, ids: project.images.map(({ id }) => id) };
  await shown(painting, project.currentId);
  return painting;
}

const onDisk = async (project: string, image: number, x: number, y: number): Promise<number | undefined> =>
  (await engine.request('labels.read', { project, image })).data?.[y * 64 + x];
const entries = async (project: string, image: number): Promise<readonly string[]> =>
  (await engine.request('labels.history', { project, image })).edits.map(({ description }) => description);

describe('what is painted', () => {
  it('is on the disk when it is said to be saved, and not said so before', async () => {
    const painting = await paint(1);
    const { project, annotation, ids } = painting;
    stroke(annotation.editor!, [20, 20], [30, 20]);
    expect(annotation.saveState).toEqual({ kind: 'saving', gestures: 1 });
    // Whoever closes the window now is asked to wait.
    const closes = (): boolean => window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    expect(closes()).toBe(false);
    await expect.poll(() => annotation.saveState.kind).toBe('saved');
    expect(closes()).toBe(true);
    expect(await onDisk(project.name(), ids[0]!, 25, 20)).toBe(1);
    expect(await entries(project.name(), ids[0]!)).toEqual(['brush']);
    await expect.poll(() => annotation.snapshot?.canUndo).toBe(true);
  });

  it.each(['question', 'answer'] as const)(
    'is sent again after a break that lost the %s, and is one entry of the history',
    async (where) => {
      const { project, annotation, ids } = await paint(1);
      line.break(where);
      stroke(annotation.editor!, [20, 20]);
      await expect.poll(() => annotation.saveState).toMatchObject({ kind: 'failed', gestures: 1 });
      line.mend();
      await expect.poll(() => annotation.saveState.kind).toBe('saved');
      expect(await onDisk(project.name(), ids[0]!, 20, 20)).toBe(1);
      expect(await entries(project.name(), ids[0]!)).toEqual(['brush']);
    },
  );

  it('on an image that was left is sent again too, and keeps the project open until it is saved', async () => {
    const painting = await paint(3);
    const { project, annotation, ids } = painting;
    line.break('question');
    stroke(annotation.editor!, [20, 20]);
    await expect.poll(() => annotation.saveState.kind).toBe('failed');
    await expect(project.close()).rejects.toMatchObject({ code: 'engine-restarted' });
    line.mend();
    project.select(ids[1]!);
    await shown(painting, ids[1]);
    await expect.poll(() => annotation.saveState.kind).toBe('saved');
    expect(await onDisk(project.name(), ids[0]!, 20, 20)).toBe(1);
  });

  it('is saved when the image is left in the middle of a stroke’s way to the disk', async () => {
    const painting = await paint(2);
    const { project, annotation, ids } = painting;
    let goOn = (): void => undefined;
    line.hold(new Promise((resolve) => (goOn = resolve)));
    stroke(annotation.editor!, [20, 20]);
    project.select(ids[1]!);
    expect(annotation.saveState.kind).toBe('saving');
    goOn();
    await shown(painting, ids[1]);
    await expect.poll(() => annotation.saveState.kind).toBe('saved');
    expect(await onDisk(project.name(), ids[0]!, 20, 20)).toBe(1);
  });

  it('can be undone after the project was closed and opened again', async () => {
    const painting = await paint(1);
    const { project, annotation, canvas, ids } = painting;
    const folder = project.name();
    stroke(annotation.editor!, [20, 20]);
    stroke(annotation.editor!, [40, 20]);
    annotation.detach();
    await project.close();
    await project.open(folder);
    annotation.attach(canvas);
    const editor = await shown(painting, ids[0]);
    await expect.poll(() => annotation.snapshot?.canUndo).toBe(true);
    annotation.undo();
    annotation.undo();
    await expect.poll(() => [...editor.labels.pixels].every((value) => value === 255)).toBe(true);
    expect(await onDisk(folder, ids[0]!, 20, 20)).not.toBe(1);
    annotation.redo();
    await expect.poll(() => onDisk(folder, ids[0]!, 20, 20)).toBe(1);
  });
});

describe('the image that is painted on', () => {
  it('has its neighbors ready: going on asks for no labels again', async () => {
    const painting = await paint(5);
    const { project, ids } = painting;
    const read = (): (number | undefined)[] =>
      line.asked.filter(({ name }) => name === 'labels.read').map(({ image }) => image);
    await expect.poll(read).toEqual([ids[0], ids[1]]);
    project.select(ids[1]!);
    await shown(painting, ids[1]);
    await expect.poll(read).toEqual([ids[0], ids[1], ids[2]]);
    project.select(ids[0]!);
    await shown(painting, ids[0]);
    expect(read()).toEqual([ids[0], ids[1], ids[2]]);
  });

  it('is the one asked for last, and has the tool and the settings of the one before', async () => {
    const painting = await paint(4);
    const { project, annotation, canvas, ids } = painting;
    annotation.chooseTool('wand');
    annotation.editor?.change({ tolerance: 7, brushSize: 12 });
    annotation.editor?.show({ opacity: 0.25 });
    for (const id of [ids[3]!, ids[2]!, ids[1]!]) project.select(id);
    const editor = await shown(painting, ids[1]);
    expect(canvas.shown).toBe(editor);
    expect(editor.state).toMatchObject({
      tool: 'wand',
      settings: { tolerance: 7, brushSize: 12 },
      display: { opacity: 0.25 },
    });
  });

  it('is shown with its tool as it was before the project was closed', async () => {
    const painting = await paint(1);
    const { project, annotation, canvas, ids } = painting;
    const folder = project.name();
    annotation.chooseTool('lasso');
    await expect.poll(() => line.asked.some(({ name }) => name === 'view.write')).toBe(true);
    annotation.detach();
    await project.close();
    await project.open(folder);
    annotation.attach(canvas);
    expect((await shown(painting, ids[0])).tool).toBe('lasso');
  });

  it('shows labels that somebody else changed', async () => {
    const painting = await paint(1);
    const { project, annotation, canvas, ids } = painting;
    const after = new Uint8Array(64 * 48).fill(1);
    await engine.request('labels.apply', {
      project: project.name(),
      image: ids[0]!,
      tiles: [{ tileX: 0, tileY: 0, after }],
      origin: 'painted',
      description: 'elsewhere',
    });
    await expect.poll(() => annotation.editor?.labels.pixels[0]).toBe(1);
    expect(canvas.shown).toBe(annotation.editor);
  });

  it('says why it cannot be shown, and the next one can', async () => {
    const painting = await paint(4);
    const { project, annotation, ids } = painting;
    rmSync(join(project.name(), 'images', 'p3.png'));
    project.select(ids[3]!);
    await expect.poll(() => annotation.trouble).toMatchObject({ message: expect.stringContaining('p3.png') as string });
    expect(annotation.loading).toBeUndefined();
    project.select(ids[1]!);
    await shown(painting, ids[1]);
    expect(annotation.trouble).toBeUndefined();
  });

  it('is painted with a class that there is, also after a class was removed', async () => {
    const { project, annotation, canvas } = await paint(1);
    const added = await engine.request('classes.add', { project: project.name(), name: 'Crack' });
    project.setClasses(added);
    const crack = added.classes.at(-1)!;
    annotation.editor?.change({ value: crack.index });
    await expect.poll(() => canvas.classes.map(({ index }) => index)).toEqual([1, crack.index]);
    project.setClasses(await engine.request('classes.remove', { project: project.name(), class: crack.id }));
    await expect.poll(() => annotation.editor?.settings.value).toBe(1);
    annotation.showsUnlabelled = true;
    await expect.poll(() => canvas.classes.map(({ index }) => index)).toEqual([1, 255]);
  });
});

describe('a proposal', () => {
  it('lies over the image, against its labels, or not at all, as is chosen', async () => {
    const { project, annotation, ids } = await paint(1);
    await propose(project, ids);
    await expect.poll(() => annotation.editor?.layer).toMatchObject({ kind: 'proposal', opacity: 0.6 });
    expect(annotation.proposal?.image).toBe(ids[0]);
    annotation.comparison = 'confusion';
    await expect.poll(() => annotation.editor?.layer?.kind).toBe('confusion');
    annotation.comparison = 'none';
    await expect.poll(() => annotation.editor?.layer).toBeUndefined();
    expect(annotation.proposal?.image).toBe(ids[0]);
  });
});
