/** How images too large for one texture are laid out and made smaller. */
import { expect, test } from 'vitest';
import { Random } from '../../../engine/random.ts';
import type { ImagePixels } from '../../../renderer/canvas/image-pixels.ts';
import { LabelImage } from '../../../renderer/canvas/label-image.ts';
import { labelArea, planPages } from '../../../renderer/canvas/view/page-plan.ts';
import { reducedArea, reduceImage, reduceClasses } from '../../../renderer/canvas/view/reduce.ts';

test('an image that fits is one page; a larger one is cut without gap or overlap, with an overview that fits', () => {
  expect(planPages({ width: 8192, height: 100 }, 16384).pages).toHaveLength(1);
  expect(planPages({ width: 8192, height: 100 }, 16384).overviewFactor).toBeUndefined();
  expect(planPages({ width: 8192, height: 100 }, 4096).pages.length).toBeGreaterThan(1);
  const image = { width: 16384, height: 9001 };
  const { pages, overviewFactor = NaN } = planPages(image, 8192);
  expect(Math.ceil(16384 / overviewFactor)).toBeLessThanOrEqual(4096);
  const pixels = pages.reduce((sum, { left, top, right, bottom }) => sum + (right - left) * (bottom - top), 0);
  expect(pixels).toBe(image.width * image.height);
  expect(new Set(pages.map(({ left, top }) => `${left} ${top}`)).size).toBe(pages.length);
  for (const page of pages) {
    const area = labelArea(page, image);
    expect(area.left).toBeGreaterThanOrEqual(0);
    expect(area.right).toBeLessThanOrEqual(image.width);
    // One texture holds the page and what its outlines look at beyond it.
    expect(area.right - area.left).toBeLessThanOrEqual(2048 + 64);
    expect(area.left === page.left).toBe(page.left === 0);
  }
});

test.for([1, 3] as const)(
  'the overview holds the mean of what each of its pixels stands for: %i channels',
  (channels) => {
    const random = new Random(3);
    const [width, height, factor] = [23, 17, 4];
    const data = Uint16Array.from({ length: width * height * channels }, () => random.integer(65536));
    const image: ImagePixels = { width, height, channels, data };
    const reduced = reduceImage(image, factor, 1, 5);
    for (let y = 1; y < 5; y++) {
      for (let x = 0; x < 6; x++) {
        for (let channel = 0; channel < channels; channel++) {
          const values: number[] = [];
          for (let row = y * factor; row < Math.min(height, (y + 1) * factor); row++) {
            for (let column = x * factor; column < Math.min(width, (x + 1) * factor); column++) {
              values.push(data[(row * width + column) * channels + channel]!);
            }
          }
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          expect(reduced[((y - 1) * 6 + x) * channels + channel]).toBe(Math.round(mean));
        }
      }
    }
  },
);

test('the overview of labels holds classes that are there, and a stroke reaches every pixel it has a part in', () => {
  const labels = new LabelImage({ width: 23, height: 17 }, new Uint8Array(23 * 17));
  labels.begin();
  for (let y = 5; y < 13; y++) labels.fillSpan(y, 6, 15, 2);
  const area = reducedArea({ left: 6, top: 5, right: 15, bottom: 13 }, 4);
  expect(area).toEqual({ left: 1, top: 1, right: 4, bottom: 4 });
  expect([...reduceClasses(labels, 4, area)]).toEqual([2, 2, 2, 2, 2, 2, 0, 0, 0]);
});
