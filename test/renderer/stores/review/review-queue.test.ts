import { expect, it, vi } from 'vitest';
import type { useProject } from '../../../../renderer/stores/project/project.ts';
import { useReviewQueue } from '../../../../renderer/stores/review/review-queue.ts';
import { useNotices } from '../../../../renderer/stores/shell/notices.ts';
import { line } from '../engine-line.ts';
import { openProject, propose } from '../stores-in-node.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-line.ts'));

/** Four images without labels, each with a proposal. */
async function queueOf(): Promise<{
  readonly project: ReturnType<typeof useProject>;
  readonly queue: ReturnType<typeof useReviewQueue>;
  readonly order: () => number[];
}> {
  const project = await openProject(5, 1);
  const unlabelled = project.images.filter(({ labelled }) => !labelled).map(({ id }) => id);
  await propose(project, unlabelled);
  const queue = useReviewQueue();
  return { project, queue, order: () => queue.queue.map(({ image }) => image.id) };
}

function takeBackLast(): void {
  useNotices()
    .shown.findLast(({ action }) => action !== undefined)
    ?.action?.run();
}

it('the queue has what has no labels and a proposal, the least certain first or the surest', async () => {
  const { project, queue, order } = await queueOf();
  const uncertainty = (id: number): number => project.proposals.get(id)!.uncertainty;
  expect(order()).toHaveLength(4);
  expect(order()).toEqual(order().toSorted((a, b) => uncertainty(b) - uncertainty(a)));
  const before = order();
  queue.surestFirst = true;
  expect(order()).toEqual(before.toReversed());
  queue.confidence = 0;
  expect(queue.sure).toHaveLength(4);
});

it.each(['accept', 'reject'] as const)(
  '%s takes an image out, the next is selected, and undo brings it back',
  async (decide) => {
    const { project, queue, order } = await queueOf();
    const [first, second, third, fourth] = order() as [number, number, number, number];
    queue.move(1);
    expect(queue.selected?.image.id).toBe(second);
    const deciding = queue[decide]([second]);
    // At once, before the engine has answered.
    expect(order()).toEqual([first, third, fourth]);
    expect(queue.selected?.image.id).toBe(third);
    await deciding;
    await expect.poll(() => project.proposals.has(second)).toBe(false);
    expect(project.byId.get(second)?.labelled).toBe(decide === 'accept');
    takeBackLast();
    await expect.poll(order).toEqual([first, second, third, fourth]);
    expect(queue.selected?.image.id).toBe(second);
    expect(project.byId.get(second)?.labelled).toBe(false);
  },
);

it('what could not be decided is back in the queue, and said', async () => {
  const { queue, order } = await queueOf();
  const before = order();
  line.break('question');
  await queue.reject([before[0]!]);
  expect(order()).toEqual(before);
  expect(queue.selected?.image.id).toBe(before[0]);
  expect(useNotices().shown.map(({ kind }) => kind)).toContain('error');
});
