import { describe, expect, it, vi } from 'vitest';
import { useAnnotation } from '../../../../renderer/stores/annotate/annotation.ts';
import { useImageDecisions } from '../../../../renderer/stores/annotate/image-decisions.ts';
import type { useProject } from '../../../../renderer/stores/project/project.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { engine, line } from '../engine-line.ts';
import { BlankCanvas, openProject, propose, stroke } from '../stores-in-node.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-line.ts'));

interface Deciding {
  readonly project: ReturnType<typeof useProject>;
  readonly annotation: ReturnType<typeof useAnnotation>;
  readonly decisions: ReturnType<typeof useImageDecisions>;
  readonly ids: readonly number[];
}

async function decide(count: number): Promise<Deciding> {
  const project = await openProject(count);
  const annotation = useAnnotation();
  annotation.attach(new BlankCanvas(annotation.onChange));
  await expect.poll(() => annotation.shown?.id).toBe(project.currentId);
  return { project, annotation, decisions: useImageDecisions(), ids: project.images.map(({ id }) => id) };
}

const texts = (): string[] => useNotices().shown.map(({ text }) => text);

describe('an image that is done', () => {
  it('has background where nothing was painted, as one change that can be undone, and the next is shown', async () => {
    const { project, annotation, decisions, ids } = await decide(3);
    const { labels } = annotation.editor!;
    stroke(annotation.editor!, [20, 20]);
    await engine.request('images.set-state', { project: project.name(), images: [ids[1]!], state: 'done' });
    await expect.poll(() => project.byId.get(ids[1]!)?.state).toBe('done');
    await decisions.finish();
    expect([labels.pixels.at(-1), labels.pixels[20 * 64 + 20]]).toEqual([0, 1]);
    await expect.poll(() => project.byId.get(ids[0]!)?.state).toBe('done');
    expect(project.currentId).toBe(ids[2]);
    const { edits } = await engine.request('labels.history', { project: project.name(), image: ids[0]! });
    expect(edits.map(({ description }) => description)).toEqual(['brush', 'unlabelled-to-background']);
  });

  it('is not said to be done while its labels cannot be saved', async () => {
    const { project, annotation, decisions, ids } = await decide(2);
    stroke(annotation.editor!, [20, 20]);
    line.break('question');
    await decisions.finish();
    line.mend();
    expect(project.currentId).toBe(ids[0]);
    expect(project.current?.state).not.toBe('done');
  });
});

describe('going on', () => {
  it('stays at the last image and at the first, and says so', async () => {
    const { project, decisions, ids } = await decide(2);
    decisions.go(-1);
    expect([project.currentId, texts()]).toEqual([ids[0], ['This is the first image.']]);
    decisions.go(1);
    decisions.go(1);
    expect(project.currentId).toBe(ids[1]);
    expect(texts()).toContain('This is the last image.');
  });

  it('leaves out images that are not asked for', async () => {
    const { project, decisions, ids } = await decide(3);
    decisions.go(1, ({ id }) => id === ids[2]);
    expect(project.currentId).toBe(ids[2]);
  });
});

describe('a proposal for the image that is painted on', () => {
  it('becomes its labels, also over what was just painted, and is back when that is taken back', async () => {
    const { project, annotation, decisions, ids } = await decide(1);
    await propose(project, ids);
    const { data } = await engine.request('proposals.read', { project: project.name(), image: ids[0]! });
    stroke(annotation.editor!, [20, 20]);
    const painted = annotation.editor!.labels.pixels.slice();
    await decisions.acceptProposal();
    await expect.poll(() => annotation.editor?.labels.pixels).toEqual(data);
    await expect.poll(() => annotation.proposal).toBeUndefined();
    useNotices()
      .shown.find(({ action }) => action !== undefined)
      ?.action?.run();
    await expect.poll(() => annotation.editor?.labels.pixels).toEqual(painted);
    await expect.poll(() => annotation.proposal?.image).toBe(ids[0]);
  });

  it('is gone when it is rejected, and the labels are as they were', async () => {
    const { project, annotation, decisions, ids } = await decide(1);
    await propose(project, ids);
    await expect.poll(() => annotation.proposal?.image).toBe(ids[0]);
    await decisions.rejectProposal();
    await expect.poll(() => annotation.editor?.layer).toBeUndefined();
    expect(annotation.editor?.labels.pixels.every((value) => value === 255)).toBe(true);
  });
});
