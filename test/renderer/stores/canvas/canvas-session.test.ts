import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { effectScope } from 'vue';
import { createCanvasSession } from '../../../../renderer/stores/canvas/canvas-session.ts';
import type { CanvasSessionOptions } from '../../../../renderer/stores/canvas/canvas-session.ts';
import type { useProject } from '../../../../renderer/stores/project/project.ts';
import { engine, line } from '../engine-line.ts';
import { BlankCanvas, openProject, stroke } from '../stores-in-node.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-line.ts'));

interface Session {
  readonly project: ReturnType<typeof useProject>;
  readonly session: ReturnType<typeof createCanvasSession>;
  readonly canvas: BlankCanvas;
}

async function start(count: number, options: Partial<CanvasSessionOptions> = {}): Promise<Session> {
  const project = await openProject(count);
  const scope = effectScope();
  onTestFinished(() => scope.stop());
  const classes = (): { index: number; color: string }[] =>
    project.classes.map(({ index, color }) => ({ index, color }));
  const session = scope.run(() => createCanvasSession({ classes, state: () => ({}), ...options }))!;
  const canvas = new BlankCanvas();
  session.attach(canvas);
  return { project, session, canvas };
}

describe('a session of the canvas', () => {
  it('shows an image with the classes and all its rows', async () => {
    const { project, session, canvas } = await start(1);
    const showing = session.show(project.images[0]);
    expect(session.loading.value).toBe(true);
    await showing;
    expect(session.loading.value).toBeUndefined();
    expect(canvas.shown).toBe(session.shown.value?.editor);
    expect(canvas.classes).toHaveLength(1);
    expect(canvas.rows.at(-1)?.[1]).toBe(48);
  });

  it('shows the image that was asked for last, whichever is ready first', async () => {
    const { project, session, canvas } = await start(2);
    const [first, second] = project.images;
    await session.show(second);
    await Promise.all([session.show(first), session.show(second)]);
    expect(session.shown.value?.id).toBe(second?.id);
    expect(canvas.shown?.labels).toBe(session.shown.value?.editor.labels);
    await session.show(undefined);
    expect([session.shown.value, canvas.shown]).toEqual([undefined, undefined]);
  });

  it('shows nothing on a canvas that has gone while an image was being opened', async () => {
    const { project, session, canvas } = await start(1);
    const showing = session.show(project.images[0]);
    session.detach();
    await showing;
    expect([session.shown.value, canvas.shown, session.loading.value]).toEqual([undefined, undefined, undefined]);
  });

  it('lays a layer over the image from the start; one that cannot be had is the trouble', async () => {
    const { project, session, canvas } = await start(2);
    const pixels = new Uint8Array(64 * 48);
    await session.show(project.images[0], async () => ({ kind: 'confusion', pixels }));
    expect(canvas.shown?.layer).toEqual({ kind: 'confusion', pixels });
    const failure = new Error('no network');
    await session.show(project.images[1], () => Promise.reject(failure));
    expect([session.trouble.value, canvas.shown]).toEqual([failure, undefined]);
  });

  it('keeps an image open whose strokes are not on the disk, however little is kept', async () => {
    const { project, session } = await start(3, { keptBytes: 0 });
    const [first, second, third] = project.images;
    await session.show(first);
    line.break('question');
    stroke(session.shown.value!.editor, [20, 20]);
    await expect.poll(() => session.opened.saveState.kind).toBe('failed');
    line.mend();
    await session.show(second);
    await session.show(third);
    await expect.poll(() => session.opened.all.map(({ id }) => id)).toEqual([first?.id, third?.id]);
    await session.opened.retry();
    const { data } = await engine.request('labels.read', { project: project.name(), image: first!.id });
    expect(data?.[20 * 64 + 20]).toBe(1);
  });
});
