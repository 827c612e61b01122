import { expect, it, vi } from 'vitest';
import type { useProject } from '../../../../renderer/stores/project/project.ts';
import { useReviewImage } from '../../../../renderer/stores/review/review-image.ts';
import { engine, line } from '../engine-line.ts';
import { BlankCanvas, openProject, propose } from '../stores-in-node.ts';

vi.mock('../../../../renderer/engine.ts', () => import('../engine-line.ts'));

async function review(count: number): Promise<{
  readonly project: ReturnType<typeof useProject>;
  readonly reviewImage: ReturnType<typeof useReviewImage>;
  readonly canvas: BlankCanvas;
}> {
  const project = await openProject(count);
  const reviewImage = useReviewImage();
  const canvas = new BlankCanvas();
  reviewImage.attach(canvas);
  return { project, reviewImage, canvas };
}
const asIs = { run: undefined, since: undefined };

it('an image is shown with what is proposed for it, over its labels or against them, and cannot be painted', async () => {
  const { project, reviewImage, canvas } = await review(1);
  const [image] = project.images;
  await propose(project, [image!.id]);
  const { data } = await engine.request('proposals.read', { project: project.name(), image: image!.id });
  await reviewImage.show({ image: image!, kind: 'proposal', ...asIs });
  expect(reviewImage.shownId).toBe(image?.id);
  expect(canvas.shown?.tool).toBe('pan');
  expect(canvas.shown?.layer).toEqual({ kind: 'proposal', pixels: data, opacity: 0.6 });
  const { viewport } = canvas.shown!;
  await reviewImage.show({ image: image!, kind: 'confusion', ...asIs });
  expect(canvas.shown?.layer).toEqual({ kind: 'confusion', pixels: data });
  expect(canvas.shown?.viewport).toEqual(viewport);
});

it('labels that somebody else changes are read again, below what lies over them', async () => {
  const { project, reviewImage, canvas } = await review(1);
  const [image] = project.images;
  await propose(project, [image!.id]);
  await reviewImage.show({ image: image!, kind: 'confusion', ...asIs });
  await engine.request('labels.apply', {
    project: project.name(),
    image: image!.id,
    tiles: [{ tileX: 0, tileY: 0, after: new Uint8Array(64 * 48).fill(1) }],
    origin: 'painted',
    description: 'elsewhere',
  });
  await expect.poll(() => canvas.shown?.labels.pixels[0]).toBe(1);
  expect(canvas.shown?.layer?.kind).toBe('confusion');
});

it('a prediction that cannot be made is the trouble, and the next image is shown', async () => {
  const { project, reviewImage, canvas } = await review(2);
  const [first, second] = project.images;
  await reviewImage.show({ image: first!, kind: 'proposal', run: 77, since: undefined });
  expect(reviewImage.trouble).toBeInstanceOf(Error);
  expect(line.asked.some(({ name }) => name === 'proposals.make')).toBe(true);
  expect([reviewImage.shownId, canvas.shown]).toEqual([undefined, undefined]);
  await reviewImage.show({ image: second!, kind: 'proposal', ...asIs });
  expect([reviewImage.trouble, reviewImage.shownId]).toEqual([undefined, second?.id]);
});

it('what is reviewed is shown when its canvas comes, and again when the canvas is another one', async () => {
  const { project, reviewImage } = await review(1);
  const [image] = project.images;
  reviewImage.detach();
  await reviewImage.show({ image: image!, kind: 'proposal', ...asIs });
  expect(reviewImage.shownId).toBeUndefined();
  const canvas = new BlankCanvas();
  reviewImage.attach(canvas);
  await expect.poll(() => canvas.shown?.tool).toBe('pan');
});
